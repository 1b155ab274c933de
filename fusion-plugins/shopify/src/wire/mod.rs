//! The platform's wire format: documents, what goes into them, what comes back. Knows nothing of our model.

pub(crate) mod answer;
pub(crate) mod documents;
pub(crate) mod input;
pub(crate) mod media;
pub(crate) mod order;
pub(crate) mod order_documents;
pub(crate) mod order_variables;
pub(crate) mod order_write;
pub(crate) mod product;
pub(crate) mod shop;
pub(crate) mod told;
pub(crate) mod variables;

#[cfg(test)]
pub(crate) mod tests;
