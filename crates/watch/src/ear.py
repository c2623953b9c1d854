"""Hears what leaves the platform, on the port that is given: spans over OTLP, read by OpenTelemetry's own schema, and the
messages of Alertmanager. Says what it has heard: `GET /traces/<id>` draws a trace, `GET /messages` lists the messages.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

spans, messages = [], []


def hear(body):
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        named = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
        spans.extend((named["service.name"], span) for scope in resource.scope_spans for span in scope.spans)


def draw(trace):
    known = sorted((span for span in spans if span[1].trace_id.hex() == trace), key=lambda span: span[1].start_time_unix_nano)
    ids = {span.span_id for _, span in known}
    lines = []

    def branch(parent, indent):
        for service, span in known:
            if span.parent_span_id == parent or parent is None and span.parent_span_id not in ids:
                took = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
                said = {attribute.key: attribute.value.string_value for attribute in span.attributes}
                statement = " ".join(said.get("db.query.text", "").split())[:64]
                name = f"{indent}{statement or span.name}"
                lines.append(f"{service:<9}{took:>8.1f} ms  {name}")
                branch(span.span_id, indent + "  ")

    branch(None, "")
    return "\n".join(lines)


class Ear(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            hear(body)
        else:
            message = json.loads(body)["attachments"][0]
            messages.append(f'{message["title"]}: {message["text"]}')
        self.answer("")

    def do_GET(self):
        self.answer(json.dumps(messages) if self.path == "/messages" else draw(self.path.rsplit("/")[-1]))

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Ear).serve_forever()
