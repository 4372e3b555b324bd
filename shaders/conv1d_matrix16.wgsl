// The matrices of conv1d_matrix in 16 x 16.
enable f16;
enable wgpu_cooperative_matrix;
alias MatrixA = coop_mat16x16<f16, A>;
alias MatrixB = coop_mat16x16<f16, B>;
alias MatrixC = coop_mat16x16<f32, C>;
const SIDE = 16u;
