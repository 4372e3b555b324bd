//! The graph builder: operators record steps over symbolic tensors.

use std::collections::BTreeMap;

use super::planned_dispatch::Executed;
use super::slots::Lifetime;
use super::step::{Groups, Loop, Operand, Splittable, Splitting, Step, Storage, Tensor, TensorInfo};
use super::textures::Texels;
use crate::batch::{BatchEntry, Extents};
use crate::error::{Error, Result};
use crate::gpu::{Access, BufferView, Kernel};
use crate::shape::Shape;
use crate::variant::ConvVariant;

/// Options of a plan. For the names of stages, see [`Graph::stage`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Stages whose values are kept after the replay.
    pub captures: Vec<String>,
    /// Stages whose values the host replaces: later steps compute with the replacement.
    pub overrides: Vec<String>,
    /// The variant of the convolution.
    pub conv: ConvVariant,
}

/// Steps in the order in which they run.
#[derive(Default)]
pub(crate) struct Graph {
    pub(super) steps: Vec<Step>,
    pub(super) loops: Vec<Loop>,
    pub(super) tensors: Vec<TensorInfo>,
    pub(super) captures: BTreeMap<String, Tensor>,
    pub(super) overrides: BTreeMap<String, Tensor>,
    scope: Vec<String>,
    options: Options,
}

impl Graph {
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// The variant of the convolution.
    pub fn conv(&self) -> ConvVariant {
        self.options.conv
    }

    /// Records steps with another variant of the convolution.
    pub fn with_conv<T>(&mut self, conv: ConvVariant, record: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = std::mem::replace(&mut self.options.conv, conv);
        let value = record(self);
        self.options.conv = outer;
        value
    }

    fn push(&mut self, shape: Shape, storage: Storage) -> Tensor {
        self.tensors.push(TensorInfo { shape, storage, kept: false });
        Tensor { id: self.tensors.len() - 1, shape }
    }

    /// Adds a tensor that a step will write.
    pub fn tensor(&mut self, shape: Shape) -> Tensor {
        self.push(shape, Storage::Slot)
    }

    /// Adds a tensor in a buffer owned by someone else.
    pub fn bind(&mut self, view: &BufferView, shape: Shape) -> Tensor {
        self.push(shape, Storage::Bound(view.clone()))
    }

    /// Keeps a tensor's values until after the replay, for the host or another plan to read.
    pub fn keep(&mut self, tensor: Tensor) {
        self.tensors[tensor.id].kept = true;
    }

    /// Keeps every tensor, so that none share a buffer.
    #[cfg(test)]
    pub fn keep_all(&mut self) {
        self.tensors.iter_mut().for_each(|tensor| tensor.kept = true);
    }

    /// Names a tensor by the path of the module that computed it, as in the checkpoint; a few have names of their own
    /// (`bert.layer.N` of ALBERT's shared layer, `duration_frames`, `audio`). Returns the tensor with which later steps
    /// compute: the same one, or the host's values if the options override the stage.
    pub fn stage(&mut self, name: &str, tensor: Tensor) -> Tensor {
        if self.options.captures.iter().any(|capture| capture == name) {
            self.keep(tensor);
            self.captures.insert(name.to_owned(), tensor);
        }
        if self.options.overrides.iter().any(|overridden| overridden == name) {
            let replacement = self.push(tensor.shape, Storage::Own);
            self.overrides.insert(name.to_owned(), replacement);
            return replacement;
        }
        tensor
    }

    /// Whether a stage is captured or overridden: then it must not be fused with the next.
    pub fn wants(&self, name: &str) -> bool {
        self.options.captures.iter().chain(&self.options.overrides).any(|stage| stage == name)
    }

    /// Records steps inside the module `name`. The path of modules appears in labels and error messages.
    pub fn scope<T>(&mut self, name: impl Into<String>, record: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.scope.push(name.into());
        let value = record(self);
        self.scope.pop();
        value
    }

    /// Records a module whose result is a [stage](Self::stage), named by the module's path.
    pub fn module(
        &mut self,
        name: impl Into<String>,
        work: impl FnOnce(&mut Self) -> Result<Tensor>,
    ) -> Result<Tensor> {
        self.scope(name, |graph| {
            let tensor = work(graph)?;
            Ok(graph.stage(&graph.path(), tensor))
        })
    }

    pub fn path(&self) -> String {
        self.scope.join(".")
    }

    /// An operand error in the current scope unless `holds`.
    pub fn check(&self, op: &'static str, holds: bool, reason: impl FnOnce() -> String) -> Result<()> {
        if holds { Ok(()) } else { Err(Error::Operand { op, scope: self.path(), reason: reason() }) }
    }

    /// An operand error unless the shapes are equal.
    pub fn expect(&self, op: &'static str, operand: &str, found: Shape, expected: Shape) -> Result<()> {
        self.check(op, found == expected, || format!("{operand} is {found}, expected {expected}"))
    }

    /// Records one dispatch. `uniforms` returns the kernel's uniform struct and the workgroups of one utterance. The
    /// workgroups of a batch's utterances are stacked along z.
    pub fn step<P: bytemuck::Pod>(
        &mut self,
        kernel: &'static Kernel,
        operands: Vec<Operand>,
        uniforms: impl Fn(&BatchEntry) -> (P, Groups) + Send + Sync + 'static,
    ) -> Result<()> {
        self.loop_step(kernel, operands, move |entry, _| uniforms(entry))
    }

    /// Records a loop of `iterations` per replay. Loops are not nested.
    pub fn repeat<T>(
        &mut self,
        iterations: impl Fn(&BatchEntry) -> u32 + Send + Sync + 'static,
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let first = self.steps.len();
        let value = body(self)?;
        self.loops.push(Loop { steps: first..self.steps.len(), iterations: Box::new(iterations) });
        Ok(value)
    }

    /// Records one dispatch per iteration of the enclosing loop; `uniforms` also gets the index of the iteration.
    pub fn loop_step<P: bytemuck::Pod>(
        &mut self,
        kernel: &'static Kernel,
        operands: Vec<Operand>,
        uniforms: impl Fn(&BatchEntry, u32) -> (P, Groups) + Send + Sync + 'static,
    ) -> Result<()> {
        self.check(
            kernel.name,
            operands.len() == kernel.bindings.len() && size_of::<P>() == kernel.params_bytes,
            || {
                format!(
                    "{} operands and {} bytes of uniforms, expected {} and {}",
                    operands.len(),
                    size_of::<P>(),
                    kernel.bindings.len(),
                    kernel.params_bytes
                )
            },
        )?;
        self.steps.push(Step {
            kernel,
            label: format!("{} {}", self.path(), kernel.name),
            operands,
            flops: Box::new(|_| 0),
            bytes: None,
            splitting: None,
            executed: None,
            texels: None,
            uniforms: Box::new(move |entry, iteration, bytes| {
                let (params, groups) = uniforms(entry, iteration);
                bytes.copy_from_slice(bytemuck::bytes_of(&params));
                groups
            }),
        });
        Ok(())
    }

    /// Sets the cost of the last step over all its iterations: multiplications and additions counted as for the direct
    /// algorithm, even if the kernel (Winograd) needs fewer.
    pub fn flops(&mut self, flops: impl Fn(&BatchEntry) -> u64 + Send + Sync + 'static) {
        if let Some(step) = self.steps.last_mut() {
            step.flops = Box::new(flops);
        }
    }

    /// Allows dispatches of the last step, whose uniforms are `P`, to be split.
    pub fn splittable<P: Splittable>(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step.splitting = Some(Splitting::of::<P>());
        }
    }

    /// Overrides the bytes that the last step moves over all its iterations. A loop that reuses its buffers needs it,
    /// because counting each operand once would be too low.
    pub fn bytes(&mut self, bytes: impl Fn(&BatchEntry) -> u64 + Send + Sync + 'static) {
        if let Some(step) = self.steps.last_mut() {
            step.bytes = Some(Box::new(bytes));
        }
    }

    /// Corrects what a dispatch of the last step, whose uniforms are `P`, is assumed to execute. Only predictions use it.
    pub fn executed<P: bytemuck::Pod>(&mut self, correct: impl Fn(&P, Groups, &mut Executed) + Send + Sync + 'static) {
        if let Some(step) = self.steps.last_mut() {
            step.executed = Some(Box::new(move |uniforms, groups, executed| {
                correct(&bytemuck::pod_read_unaligned(uniforms), groups, executed);
            }));
        }
    }

    /// Sets the texels that a dispatch of the last step, whose uniforms are `P`, reads, if its kernel reads textures.
    pub fn texels<P: bytemuck::Pod>(&mut self, texels: impl Fn(&P) -> Texels + Send + Sync + 'static) {
        if let Some(step) = self.steps.last_mut() {
            step.texels = Some(Box::new(move |uniforms| texels(&bytemuck::pod_read_unaligned(uniforms))));
        }
    }

    /// Maximum number of frames, with the tokens and utterances of `capacity`, for which every tensor fits into `bytes`.
    pub fn max_frames(&self, bytes: u64, capacity: &Extents) -> u32 {
        let fits = |frames| self.tensors.iter().all(|t| t.shape.total_bytes(&Extents { frames, ..*capacity }) <= bytes);
        let (mut fitting, mut too_long) = (0, 1 << 20);
        while too_long - fitting > 1 {
            let middle = (fitting + too_long) / 2;
            *(if fits(middle) { &mut fitting } else { &mut too_long }) = middle;
        }
        fitting
    }

    /// Index of the loop that contains a step.
    pub(super) fn loop_of(&self, step: usize) -> Option<usize> {
        self.loops.iter().position(|l| l.steps.contains(&step))
    }

    /// The lifetimes of all tensors in slots. Kept tensors live to the end.
    pub(super) fn lifetimes(&self, capacity: &Extents) -> Vec<Option<Lifetime>> {
        let mut lifetimes: Vec<Option<Lifetime>> = vec![None; self.tensors.len()];
        for (index, step) in self.steps.iter().enumerate() {
            for operand in &step.operands {
                let Operand::Tensor(tensor) = operand else { continue };
                let info = &self.tensors[tensor.id];
                if !matches!(info.storage, Storage::Slot) {
                    continue;
                }
                let bytes = info.shape.total_bytes(capacity).next_multiple_of(16);
                // A tensor used in a loop lives through the whole loop: later iterations read it again.
                let body = self.loop_of(index).map_or(index..index + 1, |at| self.loops[at].steps.clone());
                let first = Lifetime { first: body.start, last: index, bytes };
                lifetimes[tensor.id].get_or_insert(first).last =
                    if info.kept { self.steps.len() } else { body.end - 1 };
            }
        }
        lifetimes
    }

    /// Every dispatch of a replay of one utterance: its kernel, uniforms and workgroups.
    #[cfg(test)]
    pub fn dispatches(&self, entry: &BatchEntry) -> Vec<(&'static str, Vec<u8>, Groups)> {
        let of_step = |(index, step): (usize, &Step)| {
            let iterations = self.loop_of(index).map_or(1, |at| (self.loops[at].iterations)(entry));
            let dispatch = |iteration| {
                let mut uniforms = vec![0; step.kernel.params_bytes];
                let groups = (step.uniforms)(entry, iteration, &mut uniforms);
                (step.kernel.name, uniforms, groups)
            };
            (0..iterations).map(dispatch).collect::<Vec<_>>()
        };
        self.steps.iter().enumerate().flat_map(of_step).collect()
    }

    /// The shapes of all tensors.
    #[cfg(test)]
    pub fn shapes(&self) -> impl Iterator<Item = Shape> {
        self.tensors.iter().map(|info| info.shape)
    }

    /// An error if a step reads a tensor before a step writes it: its slot holds another tensor's values.
    pub(super) fn check_order(&self) -> Result<()> {
        let mut written: Vec<bool> = self.tensors.iter().map(|t| !matches!(t.storage, Storage::Slot)).collect();
        for step in &self.steps {
            for (operand, access) in step.operands.iter().zip(step.kernel.bindings) {
                let Operand::Tensor(tensor) = operand else { continue };
                if *access == Access::Write {
                    written[tensor.id] = true;
                } else if !written[tensor.id] {
                    let reason = "reads a tensor that no step has written".to_owned();
                    return Err(Error::Operand { op: step.kernel.name, scope: step.label.clone(), reason });
                }
            }
        }
        Ok(())
    }
}
