mod broken;
mod fixture;
mod model;
