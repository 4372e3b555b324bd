//! A profile in the Trace Event Format, for Perfetto and chrome://tracing.
//!
//! Complete events ("ph": "X") with times in microseconds. Stages and dispatches are shown as two threads.

use kokoro_wgpu::ProfileRow;
use serde_json::{Value, json};

use super::groups::{module, stage};

const STAGES: u32 = 1;
const DISPATCHES: u32 = 2;

pub fn events(rows: &[ProfileRow], adapter: &str) -> Value {
    let name = |kind: &str, thread: u32, name: &str| json!({ "ph": "M", "name": kind, "pid": 1, "tid": thread, "args": { "name": name } });
    let mut events = vec![
        name("process_name", 0, adapter),
        name("thread_name", STAGES, "stages"),
        name("thread_name", DISPATCHES, "dispatches"),
    ];
    // Consecutive dispatches of a stage form one event.
    for span in rows.chunk_by(|a, b| stage(&a.label) == stage(&b.label)) {
        let end = span.iter().map(|row| row.start + row.nanoseconds).max().unwrap_or_default();
        let start = span[0].start;
        events.push(json!({
            "ph": "X", "pid": 1, "tid": STAGES, "name": stage(&span[0].label), "cat": "stage",
            "ts": start as f64 / 1e3, "dur": end.saturating_sub(start) as f64 / 1e3,
            "args": { "dispatches": span.len() },
        }));
    }
    events.extend(rows.iter().map(|row| {
        let rate = |count: u64| count as f64 / row.nanoseconds.max(1) as f64;
        json!({
            "ph": "X", "pid": 1, "tid": DISPATCHES, "name": module(&row.label), "cat": row.kernel,
            "ts": row.start as f64 / 1e3, "dur": row.nanoseconds as f64 / 1e3,
            "args": {
                "kernel": row.kernel, "flops": row.flops, "bytes": row.bytes, "gflops": rate(row.flops),
                "gigabytes_per_second": rate(row.bytes),
            },
        })
    }));
    json!({ "displayTimeUnit": "ms", "traceEvents": events })
}
