//! What the memory queue does beyond the kit, and the kit.

mod control;
mod fairness;
mod keys;
mod lease;
mod parents;

mod memory {
    use fusion_queue::Memory;
    use std::sync::Arc;

    fusion_core::queue_conformance!(|clock| async move { (Memory::with_clock(Arc::new(clock)), ()) });
    fusion_core::budget_conformance!(|clock| async move { (Memory::with_clock(Arc::new(clock)), ()) });
}
