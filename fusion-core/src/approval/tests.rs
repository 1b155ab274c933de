mod broken;
mod fixture;
mod invariants;
mod model;
