//! Pictures on their way into the shop.

use super::{product::Image, told::Told};
use serde::Deserialize;

/// `nodes(ids:)`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PicturesData {
    /// Null where there is nothing (any more), empty where it isn't a picture.
    pub(crate) nodes: Vec<Option<Picture>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Picture {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) image: Told<Image>,
    pub(crate) media_errors: Vec<PictureError>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PictureError {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// `stagedUploadsCreate`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StageData {
    pub(crate) staged_uploads_create: Stage,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stage {
    #[serde(default)]
    pub(crate) staged_targets: Option<Vec<Place>>,
}

/// A place for bytes: where they go, what goes with them, and what they are called afterwards.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) resource_url: String,
    pub(crate) parameters: Vec<Parameter>,
}

/// Signatures are among the parameters.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").field("parameters", &self.parameters.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// `fileCreate`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileCreateData {
    pub(crate) file_create: FileCreate,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FileCreate {
    #[serde(default)]
    pub(crate) files: Option<Vec<File>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) file_status: String,
}
