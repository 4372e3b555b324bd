//! Names beneath each other where they would overlap.

use super::canvas::width;

/// Between two names, with the line before each.
const SPACE: i32 = 8;

pub struct Label<'a> {
    /// Where it belongs.
    pub x: i32,
    pub text: &'a str,
}

/// Which name stands in which lane.
pub struct Lanes {
    /// For each label its left edge and its lane, or nothing if no lane has room.
    places: Vec<Option<(i32, usize)>>,
    count: usize,
}

impl Lanes {
    /// Labels in the order of their places. Each takes the first lane that is free there; those that would cross the
    /// right edge move to the left.
    pub fn new(labels: &[Label<'_>], right: i32, most: usize) -> Self {
        let mut ends: Vec<i32> = Vec::new();
        let place = |label: &Label<'_>| {
            let length = width(label.text) + SPACE;
            let x = label.x.min(right - length).max(0);
            let lane = ends.iter().position(|end| *end <= x).unwrap_or(ends.len());
            if lane == most {
                return None;
            }
            if lane == ends.len() {
                ends.push(0);
            }
            ends[lane] = x + length;
            Some((x, lane))
        };
        let places = labels.iter().map(place).collect();
        Self { places, count: ends.len() }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn left_out(&self) -> usize {
        self.places.iter().filter(|place| place.is_none()).count()
    }

    pub fn iter(&self) -> impl Iterator<Item = Option<(i32, usize)>> {
        self.places.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_overlap_and_stay_in_the_picture() {
        let names = ["a", "longer", "the longest of them", "b", "right at the edge", "edge", "edge"];
        let labels: Vec<Label> =
            names.iter().zip([0, 4, 8, 60, 390, 398, 399]).map(|(text, x)| Label { x, text }).collect();
        let lanes = Lanes::new(&labels, 400, 4);
        assert_eq!(lanes.left_out(), 0);
        let boxes: Vec<(usize, i32, i32)> = lanes
            .iter()
            .zip(&labels)
            .map(|(place, label)| place.map(|(x, lane)| (lane, x, x + width(label.text) + SPACE)).unwrap())
            .collect();
        for (at, one) in boxes.iter().enumerate() {
            assert!(one.1 >= 0 && one.2 <= 400, "{one:?}");
            assert!(one.0 < lanes.count());
            for other in &boxes[at + 1..] {
                assert!(one.0 != other.0 || one.2 <= other.1, "{one:?} and {other:?}");
            }
        }
        assert_eq!(boxes[0].0, 0, "the first name has the first lane");
        assert_eq!(boxes[3].0, 0, "a lane that is free again is used again");
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let labels = [0, 1, 2].map(|x| Label { x, text: "word" });
        let lanes = Lanes::new(&labels, 400, 2);
        assert_eq!((lanes.count(), lanes.left_out()), (2, 1));
    }
}
