#!/bin/sh
# A machine whose root is a node's tree, with the programs of this one.
#
# machine.sh ROOT NAME FOLDER...: where the tree is, how the machine is called, and which folders of
# programs it has beside those of the system.
set -eu
root=$1 name=$2
shift 2
for folder in /usr /bin /sbin /lib /lib64 /dev "$@"; do
    if [ -L "$folder" ]; then
        cp -P "$folder" "$root$folder"
    elif [ -d "$folder" ]; then
        mkdir -p "$root$folder"
        mount --rbind "$folder" "$root$folder"
    fi
done
mkdir -p "$root/proc" "$root/tmp"
mount -t proc proc "$root/proc"
echo '127.0.0.1 localhost' >"$root/etc/hosts"
hostname "$name"
ip link set lo up
exec chroot "$root" sleep infinity
