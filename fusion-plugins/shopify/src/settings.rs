//! A connection's settings, checked: the address gets the token, so nothing but a shop of the platform
//! passes.

use crate::manifest::{MANIFEST, VERSIONS};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::Connection,
};
use serde::Deserialize;
use serde_json::Value;

/// Where the platform's own shops live.
const DOMAIN: &str = ".myshopify.com";

/// What a connection says about its shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `my-shop.myshopify.com`.
    pub(crate) shop: String,
    pub(crate) version: &'static str,
    pub(crate) auth: Auth,
    /// A sales channel's name or id.
    pub(crate) publication: Option<String>,
    pub(crate) locale: Option<String>,
}

/// How the app gets in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Auth {
    #[default]
    Token,
    ClientCredentials,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    shop: Option<String>,
    #[serde(default)]
    api_version: Option<String>,
    #[serde(default)]
    auth: Auth,
    #[serde(default)]
    publication: Option<String>,
    #[serde(default)]
    locale: Option<String>,
}

impl Settings {
    /// # Errors
    /// [`ErrorKind::InvalidConfig`], with the setting.
    pub(crate) fn of(connection: &Connection) -> Result<Self> {
        check_names(&connection.settings)?;
        let written: Written = match &connection.settings {
            Value::Null => Written::default(),
            given => serde_json::from_value(given.clone()).map_err(|source| {
                Error::new(
                    ErrorKind::InvalidConfig,
                    "the connection's settings can't be read; see the plugin's settings for their names",
                )
                .with_source(source)
            })?,
        };
        let shop = written.shop.unwrap_or_default().trim().to_ascii_lowercase();
        if !is_shop(&shop) {
            return Err(wrong("shop", "write the shop's own address, such as my-shop.myshopify.com"));
        }
        let version = match written.api_version.as_deref() {
            None => VERSIONS.first().copied(),
            Some(wanted) => VERSIONS.into_iter().find(|version| *version == wanted),
        };
        let version =
            version.ok_or_else(|| wrong("api_version", "write 2026-10 or 2026-07, or leave it out"))?;
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Ok(Self {
            shop,
            version,
            auth: written.auth,
            publication: filled(written.publication),
            locale: filled(written.locale),
        })
    }

    /// Where documents go.
    pub(crate) fn graphql(&self) -> String {
        format!("https://{}/admin/api/{}/graphql.json", self.shop, self.version)
    }

    /// Where tokens come from.
    pub(crate) fn token(&self) -> String {
        format!("https://{}/admin/oauth/access_token", self.shop)
    }
}

/// A mistyped name would leave its setting at the default, and nobody would know.
fn check_names(settings: &Value) -> Result<()> {
    // A list would be read as settings in the order of their declaration.
    if !(settings.is_object() || settings.is_null()) {
        return Err(wrong("", "write settings by their names, as an object"));
    }
    let known: Vec<&str> = MANIFEST.settings.iter().map(|setting| setting.name).collect();
    let strange = settings.as_object().into_iter().flat_map(|given| given.keys());
    let strange = strange.filter(|name| !known.contains(&name.as_str()));
    let help = format!("there is no such setting; the plugin knows {}", known.join(", "));
    let problems: Vec<Problem> =
        strange.map(|name| Problem::error(name.as_str(), "unknown_setting", help.as_str())).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidConfig, "the connection has settings that the plugin doesn't know")
        .with_problems(problems))
}

fn wrong(setting: &str, help: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, "a setting of the connection is missing or wrong")
        .with_problems([Problem::error(setting, "invalid", help)])
}

fn is_shop(address: &str) -> bool {
    let Some(name) = address.strip_suffix(DOMAIN) else { return false };
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !name.is_empty() && !name.starts_with('-') && name.bytes().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(value: Value) -> Result<Settings> {
        let id = "01920000-0000-7000-8000-000000000001";
        let connection = json!({"id": id, "platform": "shopify", "settings": value});
        Settings::of(&serde_json::from_value(connection).unwrap())
    }

    #[test]
    fn nothing_but_a_shop_of_the_platform_gets_the_token() {
        for address in [
            "",
            "myshopify.com",
            ".myshopify.com",
            "-a.myshopify.com",
            "a.myshopify.com.evil.example",
            "evil.example/a.myshopify.com",
            "a@b.myshopify.com",
            "a.b.myshopify.com",
            "a.myshopify.com:8443",
            "a.myshopify.com/",
            "https://a.myshopify.com",
            "ä.myshopify.com",
        ] {
            let refused = settings(json!({"shop": address})).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidConfig, "{address}");
        }
        assert_eq!(settings(json!({"shop": "My-Shop.myshopify.com"})).unwrap().shop, "my-shop.myshopify.com");
    }

    #[test]
    fn only_versions_that_the_documents_fit_are_spoken() {
        let version = |version: Value| settings(json!({"shop": "a.myshopify.com", "api_version": version}));
        assert_eq!(version(Value::Null).unwrap().version, "2026-10");
        assert_eq!(version(json!("2026-07")).unwrap().version, "2026-07");
        assert_eq!(version(json!("2025-10")).unwrap_err().kind(), ErrorKind::InvalidConfig);
    }

    #[test]
    fn a_setting_that_nobody_knows_is_refused_with_those_that_are_known() {
        let given = json!({"shop": "a.myshopify.com", "publicaton": "Online Store"});
        let refused = settings(given).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
        assert_eq!(refused.problems()[0].path, "publicaton");
        for setting in &MANIFEST.settings {
            assert!(refused.problems()[0].message.contains(setting.name), "{}", setting.name);
            // Every setting that the manifest lists is one that is read.
            let filled = json!({"shop": "a.myshopify.com"});
            let mut filled = filled.as_object().unwrap().clone();
            filled.entry(setting.name).or_insert(json!("token"));
            assert!(!format!("{:?}", settings(filled.into())).contains("can't be read"), "{}", setting.name);
        }
    }

    #[test]
    fn settings_have_names() {
        let refused = settings(json!(["a.myshopify.com"])).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
    }
}
