//! Minji, whose first day the demo walks through, and after whom the members of the bench are made.

/// What Minji answers to the twenty statements, by the item's number: sociable, curious, a little untidy, easily moved.
pub const ANSWERS: [(i64, i64); 20] = [
    (1, 4),
    (6, 2),
    (9, 3),
    (10, 2),
    (15, 5),
    (16, 2),
    (17, 5),
    (18, 4),
    (19, 2),
    (20, 1),
    (22, 2),
    (23, 2),
    (28, 4),
    (29, 4),
    (30, 1),
    (31, 5),
    (32, 1),
    (33, 3),
    (39, 4),
    (42, 4),
];
