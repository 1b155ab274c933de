//! Which of a platform's variants each of our rows is.

use crate::{
    error::{Error, ErrorKind, Problem, Result},
    model::{ListingVariant, OptionValues, Product, Ref, RemoteVariant, Variant, VariantId},
};

/// Rows with the platform's variants that they are, and what is left over on either side.
pub(in crate::hub) struct Pairs<'r> {
    /// Place of our row, and the platform's variant.
    pub(in crate::hub) pairs: Vec<(usize, &'r RemoteVariant)>,
    /// Variants of ours that the platform doesn't have.
    pub(in crate::hub) missing: Vec<VariantId>,
    /// Variants of the platform's that are none of ours.
    pub(in crate::hub) strangers: Vec<&'r RemoteVariant>,
}

/// Pairs rows with variants: as `named`, by id, by a SKU that each side has once, by the same choice of options,
/// and an only one with an only one. Nothing is guessed: where something is left over on both sides, it may be
/// the same thing.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: a named one doesn't exist. [`ErrorKind::Conflict`]: it isn't clear which is
/// which; every row and variant that is left over.
pub(in crate::hub) fn pair<'r>(
    product: &Product,
    rows: &[ListingVariant],
    named: &[(VariantId, Ref)],
    theirs: &'r [RemoteVariant],
) -> Result<Pairs<'r>> {
    let ours: Vec<(usize, &Variant)> = rows
        .iter()
        .enumerate()
        .filter_map(|(nth, row)| {
            Some((nth, product.variants.iter().find(|one| Some(one.id) == row.variant)?))
        })
        .collect();
    // A row that the platform demands and that stands for no variant of ours stays what it is.
    let is_filler = |remote: &&RemoteVariant| {
        let fillers = rows.iter().filter(|row| row.variant.is_none());
        fillers.into_iter().any(|row| remote.refs.current().iter().any(|one| row.refs.knows(one)))
    };
    let theirs: Vec<&RemoteVariant> = theirs.iter().filter(|remote| !is_filler(remote)).collect();
    let is_only = ours.len() == 1 && theirs.len() == 1;
    let mut open = Open { ours, theirs, pairs: Vec::new() };
    open.take_named(named)?;
    open.pair_by(|(nth, _), remote| {
        rows.get(*nth).is_some_and(|row| remote.refs.current().iter().any(|one| row.refs.knows(one)))
    });
    open.pair_by(|(_, variant), remote| {
        let sku = variant.sku.as_deref().filter(|sku| !sku.is_empty());
        sku.is_some() && remote.sku.value().map(String::as_str) == sku
    });
    open.pair_by(|(_, variant), remote| {
        !variant.options.is_empty() && choice(&variant.options) == choice(&remote.options)
    });
    open.pair_by(|_, _| is_only);
    open.close(rows)
}

/// What isn't paired yet.
struct Open<'p, 'r> {
    ours: Vec<(usize, &'p Variant)>,
    theirs: Vec<&'r RemoteVariant>,
    pairs: Vec<(usize, &'r RemoteVariant)>,
}

impl<'p, 'r> Open<'p, 'r> {
    fn take_named(&mut self, named: &[(VariantId, Ref)]) -> Result<()> {
        for (variant, remote) in named {
            let ours = self.ours.iter().position(|(_, one)| one.id == *variant);
            let theirs = self.theirs.iter().position(|one| one.refs.knows(remote));
            let (Some(ours), Some(theirs)) = (ours, theirs) else {
                let message = format!("variant {variant} and the platform's {remote} can't be paired");
                return Err(Error::new(ErrorKind::InvalidInput, message));
            };
            self.pairs.push((self.ours.remove(ours).0, self.theirs.remove(theirs)));
        }
        Ok(())
    }

    /// Pairs what is the same by `same`, where each of the two is the same as one thing only.
    fn pair_by(&mut self, same: impl Fn(&(usize, &'p Variant), &RemoteVariant) -> bool) {
        let mut found = Vec::new();
        for ours in &self.ours {
            let mut like = self.theirs.iter().filter(|theirs| same(ours, theirs));
            let (Some(theirs), None) = (like.next(), like.next()) else { continue };
            if self.ours.iter().filter(|other| same(other, theirs)).count() == 1 {
                found.push((ours.0, *theirs));
            }
        }
        self.ours.retain(|(nth, _)| !found.iter().any(|(paired, _)| paired == nth));
        self.theirs.retain(|one| !found.iter().any(|(_, paired)| std::ptr::eq(*paired, *one)));
        self.pairs.append(&mut found);
    }

    fn close(self, rows: &[ListingVariant]) -> Result<Pairs<'r>> {
        // A row that isn't sold may well be missing there.
        let is_sold =
            |nth: usize, variant: &Variant| variant.offered && rows.get(nth).is_some_and(|row| row.offered);
        let is_missing = self.ours.iter().any(|(nth, variant)| is_sold(*nth, variant));
        if is_missing && !self.theirs.is_empty() {
            let ours = self.ours.iter().map(|(_, variant)| {
                Problem::error(
                    format!("variants.{}", variant.id),
                    "unpaired",
                    "it could be several of the platform's, or none",
                )
            });
            let theirs = self.theirs.iter().map(|remote| {
                let named = remote.refs.current().first().map(ToString::to_string).unwrap_or_default();
                Problem::error(format!("remote.{named}"), "unpaired", "it could be several of ours, or none")
            });
            let problems: Vec<Problem> = ours.chain(theirs).collect();
            return Err(Error::new(
                ErrorKind::Conflict,
                "it isn't clear which variant is which; name each one's id at the platform in the adoption",
            )
            .with_problems(problems));
        }
        Ok(Pairs {
            pairs: self.pairs,
            missing: self.ours.iter().map(|(_, variant)| variant.id).collect(),
            strangers: self.theirs,
        })
    }
}

/// What was chosen, as people would compare it: platforms rename options and change case.
fn choice(options: &OptionValues) -> Vec<String> {
    let mut values: Vec<String> = options.iter().map(|(_, value)| value.trim().to_lowercase()).collect();
    values.sort();
    values
}
