// The matrices of conv1d_matrix in 8 x 8.
enable f16;
enable wgpu_cooperative_matrix;
alias MatrixA = coop_mat8x8<f16, A>;
alias MatrixB = coop_mat8x8<f16, B>;
alias MatrixC = coop_mat8x8<f32, C>;
const SIDE = 8u;
