//! Why a candidate scored what it did.
