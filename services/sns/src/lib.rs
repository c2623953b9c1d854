//! sns: the parts that read. The service around them is founded on another branch, whose file takes this one's place.
#![allow(dead_code, unused_imports, reason = "who uses these parts is on that branch")]

mod domain;
mod egress;
mod feeds;
