//! The rules: each looks at the graph and returns findings.
