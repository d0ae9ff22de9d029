#!/bin/sh
# Starts a static pod again as an operator would who has a shell on the node: by an annotation in its
# manifest; and waits until the kubelet says that it is ready.
#
# restart.sh NODES READY NODE COMPONENT: where the nodes' trees are, where it is written down what is
# ready, and which pod it is. What is not run here is not waited for.
set -eu
manifest=$1/$3/etc/kubernetes/manifests/$4.yaml
ready=$2/$3.$4
[ -e "$2/$3.$4.runs" ] || exit 0
line="kubepki.io/restarted-at: \"$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)\""
if grep -q 'kubepki.io/restarted-at' "$manifest"; then
    sed -i "s|kubepki.io/restarted-at:.*|$line|" "$manifest"
elif grep -q '^  annotations:$' "$manifest"; then
    sed -i "s|^  annotations:\$|&\n    $line|" "$manifest"
else
    sed -i "s|^metadata:\$|&\n  annotations:\n    $line|" "$manifest"
fi
until cmp -s "$manifest" "$ready"; do
    sleep 0.1
done
