// What conv1d_shared stages for products in float16. A part sums what it multiplies of one stage, 8 or 16 input channels, in float16,
// and these sums in float32. A value or a sum past 65,504 becomes an infinity, or 65,504 if the driver rounds towards zero.
alias Operand = vec4<f16>;
const BLOCK4 = 16u; // any multiple of STAGED4, since no sum goes on through a block
const_assert BLOCK4 % STAGED4 == 0u;
const SUMS_EACH_STAGE = true; // Mesa packs two float16 in a register only if no loop carries them
var<workgroup> part_sums: array<vec4<f32>, max(PART_SUMS, 1u)>;

fn operand_x(value: vec4<f32>) -> Operand { return vec4<f16>(value); }
fn operand_w(stored: Stored) -> Operand { return stored; }

fn store_part_sum(index: u32, sum: vec4<f32>) { part_sums[index] = sum; }
fn part_sum(index: u32) -> vec4<f32> { return part_sums[index]; }
