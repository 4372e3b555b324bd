// conv1d_shared in float16 (lib/staged_f16.wgsl), with the tiles of conv1d_shared_tall and _small. They take 4.5 and 14.1 KiB of workgroup
// memory. With 8 by 8 outputs, as in conv1d_shared_wide, an invocation would multiply 10 % more per instruction, with 192 to 240
// registers instead of 128.
enable f16;
