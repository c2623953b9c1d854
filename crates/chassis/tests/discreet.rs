//! Whom we ask is in no line, however much is asked for. A process has one subscriber, so this is a process of its own.

use chassis::{Settings, telemetry};
use tracing::{Level, event_enabled};

#[test]
fn no_level_lets_out_whom_we_ask() {
    let log_level = "trace,hickory_net=trace,hyper_util::client=debug".to_owned();
    let settings = Settings { log_level, ..Settings::default() };
    let _telemetry = telemetry::init("discreet-test", &settings).unwrap();
    assert!(event_enabled!(target: "sns::app::reading", Level::TRACE));
    assert!(!event_enabled!(target: "hickory_net::xfer", Level::TRACE));
    assert!(!event_enabled!(target: "hickory_resolver::name_server", Level::DEBUG));
    assert!(!event_enabled!(target: "hyper_util::client::legacy::connect::dns", Level::DEBUG));
    assert!(!event_enabled!(target: "h2::codec::framed_write", Level::INFO));
    assert!(!event_enabled!(target: "reqwest::connect", Level::DEBUG));
    assert!(event_enabled!(target: "hickory_resolver::name_server", Level::WARN));
    assert!(event_enabled!(target: "hyper_util::client", Level::ERROR));
}
