//! The command line of a component: kubeadm's choice, and what somebody wants instead.

use crate::wish::Argument;

/// A flag and the value that kubeadm gives it.
pub(super) type Default = (&'static str, String);

/// The program, kubeadm's flags by name but for those that are given otherwise, then the given ones
/// in their order (`ArgumentsToCommand`, `cmd/kubeadm/app/util/arguments.go`).
pub(super) fn command(program: &str, defaults: Vec<Default>, given: &[Argument]) -> Vec<String> {
    let mut command = vec![program.to_owned()];
    command.extend(flags(defaults, given));
    command
}

/// The flags alone.
pub(crate) fn flags(mut defaults: Vec<Default>, given: &[Argument]) -> Vec<String> {
    defaults.sort();
    defaults.retain(|(name, _)| last(given, name).is_none());
    let defaults = defaults
        .into_iter()
        .map(|(name, value)| format!("--{name}={value}"));
    let given = given.iter().map(|a| format!("--{}={}", a.name, a.value));
    defaults.chain(given).collect()
}

/// The value of a flag, the last when it is given twice.
pub(crate) fn last<'a>(given: &'a [Argument], name: &str) -> Option<&'a str> {
    let mut given = given.iter().rev();
    let found = given.find(|argument| argument.name == name);
    found.map(|argument| argument.value.as_str())
}
