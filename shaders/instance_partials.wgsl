// instance_partials: of each channel over each block of BLOCK rows, the mean and the sum of squared deviations from that mean.
// x: [rows, 4 pitch4], partials: [blocks, 2, 4 pitch4]. One invocation per block and vec4 of channels; 64 loop iterations.
// Both are computed from differences to the block's first row (pivot), since E[x^2] - E[x]^2 cancels badly in f32. A compiler
// with fast math may rewrite sum(x - pivot) as sum(x) - count pivot; that costs a rounding error proportional to |pivot|. The
// squares are safe, since an fma cannot be rewritten.
// If x has a NaN, the mean is NaN, even where max() turns the sum of squares into 0.
const BLOCK = 64u;
struct Params { @align(16) rows: u32, pitch4: u32, x_offset4: u32, partials_offset4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4<f32>>;

@compute @workgroup_size(32, 2)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
    let params = batch[group.z];
    let column = id.x;
    let first = id.y * BLOCK;
    if column >= params.pitch4 || first >= params.rows { return; }
    let end = min(first + BLOCK, params.rows);
    let pivot = x[params.x_offset4 + first * params.pitch4 + column];
    var sum = vec4(0.0);
    var squares = vec4(0.0);
    for (var row = first; row < end; row++) {
        let d = x[params.x_offset4 + row * params.pitch4 + column] - pivot;
        sum += d;
        squares = fma(d, d, squares);
    }
    let count = f32(end - first);
    partials[params.partials_offset4 + (id.y * 2u) * params.pitch4 + column] = pivot + sum / count;
    partials[params.partials_offset4 + (id.y * 2u + 1u) * params.pitch4 + column] = max(squares - sum * (sum / count), vec4(0.0));
}
