//! Would Go accept this chain for this name and use, and if not, why not, for every candidate.
