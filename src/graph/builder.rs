//! The builder: operators record steps over symbolic tensors.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::gpu::{Access, BufferView, Kernel};
use crate::shape::{Lengths, Run, Shape};
use crate::variant::ConvVariant;
use crate::{Error, Result};

/// A tensor of the graph: a handle with its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tensor {
    pub(super) id: usize,
    pub shape: Shape,
}

/// What a step binds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Tensor(Tensor),
    /// A weight, or a buffer that somebody else owns.
    Buffer(BufferView),
}

impl From<Tensor> for Operand {
    fn from(tensor: Tensor) -> Self {
        Self::Tensor(tensor)
    }
}

impl From<&BufferView> for Operand {
    fn from(view: &BufferView) -> Self {
        Self::Buffer(view.clone())
    }
}

/// Workgroups of a dispatch.
pub(crate) type Groups = [u32; 3];

/// A figure of a run, over all turns of the loop around the step.
type Measure = Box<dyn Fn(&Run) -> u64 + Send + Sync>;

type Scalars = Box<dyn Fn(&Run, u32) -> (Vec<u8>, Groups) + Send + Sync>;

/// Scalars of a dispatch that can be split into several, run one after another with bit-identical results.
pub(crate) trait Divisible: bytemuck::Pod {
    /// Time of one of its floating-point operations, in those of a convolution.
    const SLOWNESS: u64;

    /// The most parts.
    fn units(&self, groups: Groups) -> u32;

    /// Restricts the dispatch to some of its units.
    fn take(&mut self, groups: &mut Groups, units: Range<u32>);
}

/// The functions of [`Divisible`], for scalars in bytes.
#[derive(Clone, Copy)]
pub(super) struct Division {
    pub slowness: u64,
    pub units: fn(&[u8], Groups) -> u32,
    pub take: fn(&mut [u8], &mut Groups, Range<u32>),
}

impl Division {
    const fn of<P: Divisible>() -> Self {
        Self {
            slowness: P::SLOWNESS,
            units: |bytes, groups| bytemuck::pod_read_unaligned::<P>(bytes).units(groups),
            take: |bytes, groups, units| {
                let mut params = bytemuck::pod_read_unaligned::<P>(bytes);
                params.take(groups, units);
                bytes.copy_from_slice(bytemuck::bytes_of(&params));
            },
        }
    }
}

/// One dispatch; in a loop, one a turn.
pub(super) struct Step {
    pub kernel: &'static Kernel,
    pub label: String,
    pub operands: Vec<Operand>,
    pub scalars: Scalars,
    /// Operations of the direct form, for the profile.
    pub flops: Measure,
    /// Bytes moved at least, where that is not every operand once.
    pub bytes: Option<Measure>,
    /// How to split its dispatches, where they can be.
    pub division: Option<Division>,
}

/// Steps that run several times, one turn behind the other.
pub(super) struct Loop {
    pub steps: Range<usize>,
    pub turns: Box<dyn Fn(&Run) -> u32 + Send + Sync>,
}

/// How a tensor gets its values.
pub(super) enum Origin {
    /// A step of the graph writes it.
    Step,
    /// The host writes it before each replay, or it outlives the replay: a buffer of its own.
    Own,
    /// Somebody else's buffer.
    Bound(BufferView),
}

pub(super) struct Entry {
    pub shape: Shape,
    pub origin: Origin,
    /// The tensor is read after the replay.
    pub kept: bool,
}

/// What a plan does besides computing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Stages whose values are read after the replay.
    pub observed: Vec<String>,
    /// Stages whose values the host gives: what follows computes on those.
    pub given: Vec<String>,
    /// The form of its convolutions.
    pub conv: ConvVariant,
}

/// Steps in the order in which they run.
#[derive(Default)]
pub(crate) struct Graph {
    pub(super) steps: Vec<Step>,
    pub(super) loops: Vec<Loop>,
    pub(super) tensors: Vec<Entry>,
    pub(super) stages: BTreeMap<String, Tensor>,
    pub(super) givens: BTreeMap<String, Tensor>,
    scope: Vec<String>,
    options: Options,
}

impl Graph {
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// The form of the convolutions.
    pub fn conv(&self) -> ConvVariant {
        self.options.conv
    }

    fn push(&mut self, shape: Shape, origin: Origin) -> Tensor {
        self.tensors.push(Entry { shape, origin, kept: false });
        Tensor { id: self.tensors.len() - 1, shape }
    }

    /// A tensor that a step will write.
    pub fn tensor(&mut self, shape: Shape) -> Tensor {
        self.push(shape, Origin::Step)
    }

    /// A tensor in a buffer that somebody else owns.
    pub fn bind(&mut self, view: &BufferView, shape: Shape) -> Tensor {
        self.push(shape, Origin::Bound(view.clone()))
    }

    /// Keeps a tensor's values for the host, or another plan, to read after the replay.
    pub fn keep(&mut self, tensor: Tensor) {
        self.tensors[tensor.id].kept = true;
    }

    /// Keeps every tensor, so that none shares a buffer.
    #[cfg(test)]
    pub fn keep_all(&mut self) {
        self.tensors.iter_mut().for_each(|tensor| tensor.kept = true);
    }

    /// Names a tensor as the checkpoint names the module that made it. Returns what follows computes on: the
    /// tensor itself, or the host's values where the options say so.
    pub fn stage(&mut self, name: &str, tensor: Tensor) -> Tensor {
        if self.options.observed.iter().any(|o| o == name) {
            self.keep(tensor);
            self.stages.insert(name.to_owned(), tensor);
        }
        if self.options.given.iter().any(|g| g == name) {
            let given = self.push(tensor.shape, Origin::Own);
            self.givens.insert(name.to_owned(), given);
            return given;
        }
        tensor
    }

    /// Whether a stage's own values are asked for: then it may not be fused with what follows.
    pub fn wants(&self, name: &str) -> bool {
        self.options.observed.iter().chain(&self.options.given).any(|o| o == name)
    }

    /// Records within a module; labels and errors carry its path.
    pub fn scope<T>(&mut self, name: impl Into<String>, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.scope.push(name.into());
        let value = work(self);
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

    /// An operand error in the current scope, unless `holds`.
    pub fn check(&self, op: &'static str, holds: bool, reason: impl FnOnce() -> String) -> Result<()> {
        if holds { Ok(()) } else { Err(Error::Operand { op, scope: self.path(), reason: reason() }) }
    }

    /// The check that every operator makes of its tensors.
    pub fn expect(&self, op: &'static str, operand: &str, found: Shape, expected: Shape) -> Result<()> {
        self.check(op, found == expected, || format!("{operand} is {found}, expected {expected}"))
    }

    /// Records one dispatch. `scalars` gives the kernel's uniform struct and its workgroups for an utterance; those of a
    /// replay's other utterances lie along z.
    pub fn step<P: bytemuck::Pod>(
        &mut self,
        kernel: &'static Kernel,
        operands: Vec<Operand>,
        scalars: impl Fn(&Run) -> (P, Groups) + Send + Sync + 'static,
    ) -> Result<()> {
        self.step_of_turn(kernel, operands, move |run, _| scalars(run))
    }

    /// Records what runs `turns` times a run; its steps' scalars may differ by turn.
    pub fn repeat<T>(
        &mut self,
        turns: impl Fn(&Run) -> u32 + Send + Sync + 'static,
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let first = self.steps.len();
        let value = body(self)?;
        self.loops.push(Loop { steps: first..self.steps.len(), turns: Box::new(turns) });
        Ok(value)
    }

    /// Records one dispatch whose scalars depend on the turn of the loop around it.
    pub fn step_of_turn<P: bytemuck::Pod>(
        &mut self,
        kernel: &'static Kernel,
        operands: Vec<Operand>,
        scalars: impl Fn(&Run, u32) -> (P, Groups) + Send + Sync + 'static,
    ) -> Result<()> {
        self.check(kernel.name, operands.len() == kernel.bindings.len() && size_of::<P>() == kernel.params, || {
            format!(
                "{} operands and {} bytes of scalars, expected {} and {}",
                operands.len(),
                size_of::<P>(),
                kernel.bindings.len(),
                kernel.params
            )
        })?;
        self.steps.push(Step {
            kernel,
            label: format!("{} {}", self.path(), kernel.name),
            operands,
            flops: Box::new(|_| 0),
            bytes: None,
            division: None,
            scalars: Box::new(move |run, turn| {
                let (params, groups) = scalars(run, turn);
                (bytemuck::bytes_of(&params).to_vec(), groups)
            }),
        });
        Ok(())
    }

    /// Says what the last step computes: multiplications and additions of the direct form, over all its turns.
    pub fn flops(&mut self, flops: impl Fn(&Run) -> u64 + Send + Sync + 'static) {
        if let Some(step) = self.steps.last_mut() {
            step.flops = Box::new(flops);
        }
    }

    /// Says that the last step, whose scalars are `P`, may run in several parts.
    pub fn divisible<P: Divisible>(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step.division = Some(Division::of::<P>());
        }
    }

    /// Says what the last step moves at least, over all its turns: for a loop that fills its buffers anew each turn.
    pub fn bytes(&mut self, bytes: impl Fn(&Run) -> u64 + Send + Sync + 'static) {
        if let Some(step) = self.steps.last_mut() {
            step.bytes = Some(Box::new(bytes));
        }
    }

    /// The most frames for which every tensor fits `bytes`, beside the tokens of `capacity`.
    pub fn longest(&self, bytes: u64, capacity: &Lengths) -> u32 {
        let fits = |frames| self.tensors.iter().all(|t| t.shape.total_bytes(&Lengths { frames, ..*capacity }) <= bytes);
        let (mut fitting, mut too_long) = (0, 1 << 20);
        while too_long - fitting > 1 {
            let middle = (fitting + too_long) / 2;
            *(if fits(middle) { &mut fitting } else { &mut too_long }) = middle;
        }
        fitting
    }

    /// Every tensor's first write and last use; kept ones live to the end.
    pub(super) fn lives(&self, capacity: &Lengths) -> Vec<Option<super::slots::Life>> {
        let mut lives: Vec<Option<super::slots::Life>> = vec![None; self.tensors.len()];
        for (at, step) in self.steps.iter().enumerate() {
            for operand in &step.operands {
                let Operand::Tensor(tensor) = operand else { continue };
                let entry = &self.tensors[tensor.id];
                if !matches!(entry.origin, Origin::Step) {
                    continue;
                }
                let bytes = entry.shape.total_bytes(capacity).next_multiple_of(16);
                // What a loop touches lives through all its turns: a later one reads what an earlier one read.
                let around = self.loops.iter().find(|l| l.steps.contains(&at)).map_or(at..at + 1, |l| l.steps.clone());
                let life = lives[tensor.id].get_or_insert(super::slots::Life { first: around.start, last: at, bytes });
                life.last = if entry.kept { self.steps.len() } else { around.end - 1 };
            }
        }
        lives
    }

    /// Every dispatch of a run: its kernel, scalars and workgroups.
    #[cfg(test)]
    pub fn dispatches(&self, run: &Run) -> Vec<(&'static str, Vec<u8>, Groups)> {
        let of_step = |(at, step): (usize, &Step)| {
            let turns = self.loops.iter().find(|l| l.steps.contains(&at)).map_or(1, |l| (l.turns)(run));
            let dispatches = (0..turns).map(|turn| (step.scalars)(run, turn));
            dispatches.map(|(scalars, groups)| (step.kernel.name, scalars, groups)).collect::<Vec<_>>()
        };
        self.steps.iter().enumerate().flat_map(of_step).collect()
    }

    /// Of every tensor.
    #[cfg(test)]
    pub fn shapes(&self) -> impl Iterator<Item = Shape> {
        self.tensors.iter().map(|entry| entry.shape)
    }

    /// No step may read a tensor that none has written: it would read another's leftovers.
    pub(super) fn check_order(&self) -> Result<()> {
        let mut written: Vec<bool> = self.tensors.iter().map(|t| !matches!(t.origin, Origin::Step)).collect();
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
