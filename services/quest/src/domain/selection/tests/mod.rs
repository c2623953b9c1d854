//! Each rule of a choice by itself.

mod draw;
mod eligibility;
mod reason;
