"""Writes dashboards/*.json: one for each service, one for each journey. `--check` only looks whether they are stale.

A panel is its title, its unit, and its queries, each with what the legend calls it. `$namespace` is an environment of the
cluster; elsewhere there is none, and "All" finds what has none.
"""

import sys
from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DataSourceRef, VariableRefresh

FOLDER = Path(__file__).parent / "dashboards"
PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
REQUESTS = "http_server_request_duration_seconds"


def rate(by, metric, labels):
    return f'sum by ({by}) (rate({metric}{{namespace=~"$namespace", {labels}}}[$__rate_interval]))'


def gauge(by, metric, labels):
    return f'max by ({by}) ({metric}{{namespace=~"$namespace", {labels}}})'


def quantiles(histogram, labels):
    buckets = rate("le", f"{histogram}_bucket", labels)
    return [(f"histogram_quantile({share}, {buckets})", f"p{share * 100:g}") for share in (0.5, 0.95, 0.99)]


def process(job):
    """What every process has."""
    of = f'job="{job}"'
    slowest = f'topk(8, histogram_quantile(0.95, {rate("route, le", f"{REQUESTS}_bucket", of)}))'
    return {
        "Requests": [
            ("Requests by status", "reqps", [(rate("status", f"{REQUESTS}_count", of), "{{status}}")]),
            ("Requests by route", "reqps", [(f'topk(8, {rate("route", f"{REQUESTS}_count", of)})', "{{route}}")]),
            ("Share of 5xx", "percentunit", [(gauge("job", "job:http_server_errors:ratio_rate5m", of), "5xx")]),
            ("Time to answer", "s", quantiles(REQUESTS, of)),
            ("Slowest routes, p95", "s", [(slowest, "{{route}}")]),
            ("Being answered", "short", [(gauge("instance", "http_server_requests_in_flight", of), "{{instance}}")]),
        ],
        "Process": [
            ("CPU", "percentunit", [(rate("instance", "process_cpu_seconds_total", of), "{{instance}}")]),
            ("Memory", "bytes", [(gauge("instance", "process_resident_memory_bytes", of), "{{instance}}")]),
            ("Open files and connections", "short", [(gauge("instance", "process_open_fds", of), "{{instance}}")]),
        ],
    }


def asking(job):
    """What a process has that asks others."""
    of = f'job="{job}"'
    return {
        "Asking others": [
            ("Calls that failed", "reqps", [(rate("upstream, kind", "client_failures_total", of), "{{upstream}} {{kind}}")]),
            ("Circuit open", "bool", [(gauge("upstream", "client_circuit_open", of), "{{upstream}}")]),
        ],
    }


def reference_data(job):
    of = f'job="{job}"'
    looks = rate("document, outcome", "client_revalidations_total", of)
    return {"Reference data": [("Looks whether it changed", "reqps", [(looks, "{{document}} {{outcome}}")])]}


def stored(job):
    """What a process has that keeps data, and tells others of it."""
    of = f'job="{job}"'
    consumed = rate("type, outcome", "events_consumed_total", of)
    return {
        "Database": [
            ("Waiting for a connection", "s", quantiles("db_pool_wait_seconds", of)),
            ("Database not available", "reqps", [(rate("kind", "db_failures_total", of), "{{kind}}")]),
        ],
        "Events": [
            ("Sent", "reqps", [(rate("type", "events_published_total", of), "{{type}}")]),
            ("Read", "reqps", [(consumed, "{{type}} {{outcome}}")]),
            ("Behind by", "s", [(gauge("consumer", "events_lag_seconds", of), "{{consumer}}")]),
            ("Waiting for a repair", "short", [(gauge("consumer", "events_parked", of), "{{consumer}}")]),
        ],
    }


AUTH = 'job="auth"'
GATEWAY = 'job="gateway"'
SNS = 'job="sns"'
KEY_AGE = f'time() - {gauge("job", "auth_signing_key_from_seconds", AUTH)}'
ASKED_AGO = f'time() - {gauge("instance", "gateway_revocations_asked_at_seconds", GATEWAY)}'
FAILURES = rate("upstream, kind", "gateway_upstream_failures_total", GATEWAY)

SERVICES = {
    "auth": process("auth") | stored("auth") | asking("auth") | {
        "Members": [
            ("Letters", "reqps", [(rate("purpose, outcome", "auth_mails_total", AUTH), "{{purpose}} {{outcome}}")]),
            ("Quotas spent", "reqps", [(rate("quota", "auth_quotas_spent_total", AUTH), "{{quota}}")]),
            ("Erasures not confirmed", "short", [(gauge("service", "auth_erasures_unconfirmed", AUTH), "{{service}}")]),
            ("Oldest of them", "s", [(gauge("service", "auth_erasures_oldest_unconfirmed_seconds", AUTH), "{{service}}")]),
            ("Age of the signing key", "s", [(KEY_AGE, "age")]),
        ],
    },
    "catalog": process("catalog") | stored("catalog"),
    "analysis": process("analysis") | stored("analysis") | asking("analysis") | reference_data("analysis"),
    "quest": process("quest") | stored("quest") | asking("quest") | reference_data("quest"),
    "sns": process("sns") | stored("sns") | {
        "Providers": [
            ("Imports", "reqps", [(rate("kind, outcome", "sns_imports_total", SNS), "{{kind}} {{outcome}}")]),
            ("Tokens given back", "reqps", [(rate("outcome", "sns_revocations_total", SNS), "{{outcome}}")]),
        ],
    },
    "gateway": process("gateway") | {
        "Upstreams": [
            ("Not answered", "reqps", [(FAILURES, "{{upstream}} {{kind}}")]),
            ("Sent a second time", "reqps", [(rate("upstream", "gateway_upstream_retries_total", GATEWAY), "{{upstream}}")]),
            ("Circuit open", "bool", [(gauge("upstream", "gateway_upstream_circuit_open", GATEWAY), "{{upstream}}")]),
        ],
        "Who asks": [
            ("Refused, by reason", "reqps", [(rate("reason", "gateway_refused_callers_total", GATEWAY), "{{reason}}")]),
            ("Too many requests, by class", "reqps", [(rate("class", "gateway_rate_limited_total", GATEWAY), "{{class}}")]),
            ("Fetches of issuers' keys", "reqps", [(rate("issuer, outcome", "identity_jwks_fetches_total", GATEWAY), "{{issuer}} {{outcome}}")]),
            ("Ended sessions held", "short", [(gauge("instance", "gateway_revocations_held", GATEWAY), "{{instance}}")]),
            ("Ended sessions asked for, ago", "s", [(ASKED_AGO, "{{instance}}")]),
        ],
    },
}

# What each journey is asked by, and the service that answers it: the rows of deploy/prometheus/rules/slo.yml.
JOURNEYS = {
    "sign-in": ("POST", "/api/auth/login", "auth"),
    "submit": ("POST", "/api/psy-test/submit", "analysis"),
    "home": ("GET", "/api/home", "quest"),
    "complete": ("POST", "/api/quests/{id}/complete", "quest"),
}
WINDOWS = ("5m", "1h", "6h", "3d")


def journey(name, method, route, job):
    of = f'journey="{name}"'
    asked = f'method="{method}", route="{route}"'
    budget = f"on (journey) group_left () journey:slo_error_budget:ratio{{{of}}}"
    burn = [(f'{gauge("journey", f"journey:slo_errors:ratio_rate{window}", of)} / {budget}', window) for window in WINDOWS]
    return {
        "Promise": [
            ("Requests", "reqps", [(rate("status", f"{REQUESTS}_count", f"{GATEWAY}, {asked}"), "{{status}}")]),
            ("Share that failed or was late", "percentunit", [
                (gauge("journey", "journey:slo_errors:ratio_rate5m", of), "now"),
                (f"journey:slo_error_budget:ratio{{{of}}}", "allowed"),
            ]),
            ("Burn rate: 1 uses up the budget in 30 days", "short", burn),
        ],
        "Time": [
            ("To answer, at the door", "s", quantiles(REQUESTS, f"{GATEWAY}, {asked}")),
            (f"To answer, in {job}", "s", quantiles(REQUESTS, f'job="{job}", {asked}')),
            (f"Waiting for a connection, in {job}", "s", quantiles("db_pool_wait_seconds", f'job="{job}"')),
        ],
        "Causes": [
            (f"{job} not answering the door", "reqps", [
                (rate("kind", "gateway_upstream_failures_total", f'{GATEWAY}, upstream="{job}"'), "{{kind}}"),
            ]),
            (f"Database not available, in {job}", "reqps", [(rate("kind", "db_failures_total", f'job="{job}"'), "{{kind}}")]),
            (f"Memory of {job}", "bytes", [(gauge("instance", "process_resident_memory_bytes", f'job="{job}"'), "{{instance}}")]),
        ],
    }


def panel(title, unit, queries):
    drawn = timeseries.Panel().title(title).unit(unit).datasource(PROMETHEUS).span(8).height(7).min(0)
    below = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    drawn.legend(below.show_legend(True)).fill_opacity(8)
    for name, (query, legend) in zip("ABCDE", queries):
        drawn.with_target(prometheus.Dataquery().ref_id(name).expr(query).legend_format(legend))
    return drawn


def draw(name, kind, rows):
    namespace = dashboard.QueryVariable("namespace").datasource(PROMETHEUS)
    namespace.query('label_values(up{platform="damacorch"}, namespace)').include_all(True).all_value(".*")
    namespace.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    drawn = dashboard.Dashboard(name).uid(f"damacorch-{name}").tags(["damacorch", kind]).readonly()
    drawn.time("now-3h", "now").refresh("30s").tooltip(DashboardCursorSync.CROSSHAIR).with_variable(namespace)
    for title, panels in rows.items():
        drawn.with_row(dashboard.Row(title))
        for parts in panels:
            drawn.with_panel(panel(*parts))
    return JSONEncoder(sort_keys=True, indent=2).encode(drawn.build()) + "\n"


def main():
    drawn = {name: draw(name, "service", rows) for name, rows in SERVICES.items()}
    drawn |= {name: draw(name, "journey", journey(name, *asked)) for name, asked in JOURNEYS.items()}
    if "--check" not in sys.argv:
        for name, text in drawn.items():
            (FOLDER / f"{name}.json").write_text(text)
        return
    kept = {path.stem: path.read_text() for path in FOLDER.glob("*.json")}
    stale = sorted(name for name in drawn | kept if drawn.get(name) != kept.get(name))
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; run make dashboards, look at the difference, commit it")


main()
