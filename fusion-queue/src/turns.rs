//! How the bands of one store take turns.

use fusion_core::job::Priority::{self, High, Low, Normal};

/// Whose turn it is, one band each: of seven jobs four are high, two normal, one low, so that none starves.
pub(crate) const TURNS: [Priority; 7] = [High, Normal, High, Low, High, Normal, High];

/// Who goes where the band has nothing whose turn it is.
pub(crate) const BANDS: [Priority; 3] = [High, Normal, Low];
