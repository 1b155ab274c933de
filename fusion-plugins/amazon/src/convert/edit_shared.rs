//! What an edit changes of the product as a whole, told to each of its SKUs.

use super::{
    call::entry,
    edit::Against,
    entries::{Writer, keywords, shown},
    words::plain,
};
use crate::wire::input::{Attributes, Patch};
use fusion_core::{
    error::{Problem, Result},
    model::{Edit, ListingEdit, LossKind, Losses, Seen},
};

/// What every SKU of the family carries: each keeps its own copy.
pub(super) struct Shared<'a> {
    pub(super) writer: &'a Writer<'a>,
    pub(super) of: &'a Against<'a>,
}

impl Shared<'_> {
    pub(super) fn patches(
        &self,
        edit: &ListingEdit,
        losses: &mut Losses,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<Patch>> {
        let mut patches = Vec::new();
        if edit.title == Edit::Clear {
            problems.push(Problem::error("title", "required", "a product needs a title"));
        }
        let description = match &edit.description {
            Edit::Set(text) => Edit::Set(vec![plain(text, "description", losses)]),
            Edit::Keep => Edit::Keep,
            Edit::Clear => Edit::Clear,
        };
        let tags = match &edit.tags {
            Edit::Set(tags) => Edit::Set(keywords(tags, losses)),
            Edit::Keep => Edit::Keep,
            Edit::Clear => Edit::Clear,
        };
        for (name, texts) in [
            ("item_name", one(&edit.title)),
            ("product_description", description),
            ("bullet_point", edit.bullets.clone()),
            ("brand", one(&edit.brand)),
            ("generic_keyword", tags),
        ] {
            let texts = match texts {
                Edit::Keep => continue,
                Edit::Set(texts) => texts.into_iter().filter(|text| !text.is_empty()).collect(),
                Edit::Clear => Vec::new(),
            };
            patches.push(if texts.is_empty() {
                self.writer.delete_text(name)?
            } else {
                entry("replace", name, &self.writer.texts(&texts))?
            });
        }
        self.categories(edit, &mut patches, losses)?;
        self.media(edit, &mut patches, losses)?;
        Ok(patches)
    }

    fn categories(&self, edit: &ListingEdit, patches: &mut Vec<Patch>, losses: &mut Losses) -> Result<()> {
        let wanted = match &edit.categories {
            Edit::Keep => return Ok(()),
            Edit::Set(wanted) => wanted.as_slice(),
            Edit::Clear => &[],
        };
        let mut sorted = Attributes::new();
        self.writer.categories(wanted, &mut sorted, losses)?;
        for name in ["recommended_browse_nodes", "item_type_keyword"] {
            patches.push(match sorted.get(name) {
                Some(value) => entry("replace", name, value)?,
                None => self.writer.delete(name)?,
            });
        }
        Ok(())
    }

    /// Pictures that are left over go; how many there are is known where the listing was read.
    fn media(&self, edit: &ListingEdit, patches: &mut Vec<Patch>, losses: &mut Losses) -> Result<()> {
        let wanted = match &edit.media {
            Edit::Keep => return Ok(()),
            Edit::Set(media) => media.as_slice(),
            Edit::Clear => &[],
        };
        if self.of.is_family() {
            let note = "every variant gets these pictures; one of its own isn't kept";
            losses.add("media", LossKind::Aggregated, note);
        }
        let mut sent = Attributes::new();
        self.writer.pictures(&shown(wanted, losses), &mut sent)?;
        for (name, value) in &sent {
            patches.push(entry("replace", name, value)?);
        }
        let there = match self.of.live.map(|live| &live.media) {
            Some(Seen::Value(there)) => there.len(),
            Some(Seen::Empty) => 0,
            Some(Seen::NotRead | Seen::Withheld(_)) | None => super::attributes::PICTURES,
        };
        for name in super::attributes::picture_names().take(there).skip(sent.len()) {
            patches.push(self.writer.delete(&name)?);
        }
        Ok(())
    }
}

fn one(text: &Edit<String>) -> Edit<Vec<String>> {
    match text {
        Edit::Keep => Edit::Keep,
        Edit::Set(text) => Edit::Set(vec![text.clone()]),
        Edit::Clear => Edit::Clear,
    }
}
