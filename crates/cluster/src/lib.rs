//! What a cluster's PKI is: the catalogue, the inventory read from a node's files with evidence,
//! and the channel graph.
