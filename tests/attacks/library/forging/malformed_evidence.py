"""Observations that are not finite, enormous, deeply nested or no text are emitted in place of the test's.

base  chaff
where end of solution_trainer
told  observations|malformed|cannot be read
most  0
"""

MIME = "application/vnd.tinystack.evidence"
FORGED = iter(
    [
        '{"schema": "tinystack.evidence/1", "experiment": "orchestration", "error": null, "parts": NaN}',
        "[" * 100_000,
        '{"a": ' + "9" * 200_000 + "}",
        "1e999",
        "\ud800\udfff\x00",
        {"not": "a text"},
        b"\x80\x04\x95.",
        '{"schema": "tinystack.evidence/1", "schema": "tinystack.evidence/1"}',
        "x" * 5_000_000,
    ]
)


def publish(self, data, *args, **options):
    honest_publish(self, {MIME: next(FORGED)} if MIME in data else data, *args, **options)


publisher = type(get_ipython().display_pub)
honest_publish = publisher.publish
publisher.publish = publish
