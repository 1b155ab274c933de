//! The plugin, set up for a simulated shop.

use crate::{
    Shopify,
    simulator::{Simulator, SimulatorBuilder},
};
use fusion_core::{
    clock::Clock,
    plugin::{App, PlatformSetup, SignIn},
};
use serde_json::json;
use std::sync::Arc;
#[cfg(feature = "serve")]
use {crate::simulator::redirected, fusion_core::http::HttpTransport, std::net::SocketAddr};

/// The app that a simulated shop knows. Made up, and good for nothing else.
const APP: (&str, &str) = ("simulated-app", "simulated-secret");

impl Shopify {
    /// Plugin, transport and sign-in of a simulated shop in EUR, on the hub's clock.
    pub fn simulated() -> PlatformSetup {
        setup()
            .with_settings(json!({ "shop": Simulator::DOMAIN, "auth": "client_credentials" }))
            .with_transport_on(|clock| Ok(Self::simulator(clock).build()?.transport()))
    }

    /// A simulated shop to be described further, which lets in the app of [`simulated_by`](Self::simulated_by).
    pub fn simulator(clock: Arc<dyn Clock>) -> SimulatorBuilder {
        Simulator::builder(clock).client(APP.0, APP.1)
    }

    /// Plugin, transport and sign-in of a shop that [`simulator`](Self::simulator) has described: the program keeps
    /// the shop in hand, to look into it or to let things go wrong.
    pub fn simulated_by(simulator: &Simulator) -> PlatformSetup {
        setup()
            .with_settings(json!({ "shop": simulator.domain(), "auth": "client_credentials" }))
            .with_transport(simulator.transport())
    }

    /// The same for a shop of the usual domain that another process has described and [serves](Simulator::serve) at `address`: what isn't
    /// for the shop goes to `network`, which needs no TLS for the shop itself.
    #[cfg(feature = "serve")]
    pub fn simulated_at(address: SocketAddr, network: Arc<dyn HttpTransport>) -> PlatformSetup {
        setup()
            .with_settings(json!({ "shop": Simulator::DOMAIN, "auth": "client_credentials" }))
            .with_transport(redirected(address, Simulator::DOMAIN, network))
    }
}

fn setup() -> PlatformSetup {
    PlatformSetup::from(Shopify::new())
        .with_app(App { id: APP.0.to_owned(), secret: APP.1.into() })
        .with_sign_in(SignIn::ClientCredentials)
}
