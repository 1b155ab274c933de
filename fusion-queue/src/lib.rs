//! The worker and the back-ends: queue, storage and budgets in one object. Knows no platform.
