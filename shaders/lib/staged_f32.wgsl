// What conv1d_shared stages for products in float32 (lib/operand_f32.wgsl). The parts' sums take the place of the last tile of w.
const SUMS_EACH_STAGE = false;
const_assert PART_SUMS <= 4u * STAGED4 * COLUMNS4;

fn operand_x(value: vec4<f32>) -> Operand { return value; }
fn operand_w(stored: Stored) -> Operand { return value4(stored); }

fn store_part_sum(index: u32, sum: vec4<f32>) { tile_w[index] = sum; }
fn part_sum(index: u32) -> vec4<f32> { return tile_w[index]; }
