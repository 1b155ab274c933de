//! What the platform takes as a form: lists are joined by commas.

use std::fmt::Display;

/// Fields of `createDraftListing` or `updateListing`, in the order in which they are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(&'static str, String)>);

impl Form {
    /// Name and value of each field, not yet encoded.
    pub fn fields(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Display) {
        self.0.push((name, value.to_string()));
    }

    pub(crate) fn set_some(&mut self, name: &'static str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    pub(crate) fn set_list<T: Display>(&mut self, name: &'static str, values: &[T]) {
        let values: Vec<String> = values.iter().map(T::to_string).collect();
        self.set(name, values.join(","));
    }
}

/// Fields of `uploadListingImage` beside the bytes: the platform fetches nothing itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageUpload {
    pub(crate) rank: usize,
    pub(crate) alt_text: Option<String>,
}

impl ImageUpload {
    /// Name and value of each field of the multipart body.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("rank", self.rank.to_string())];
        fields.extend(self.alt_text.clone().map(|alt| ("alt_text", alt)));
        fields
    }
}
