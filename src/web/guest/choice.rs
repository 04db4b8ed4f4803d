//! Whose faces in a selfie are searched for: the only one, or those that the guest chose. Where there are several, the
//! refusal lists them, for the page to ask.

use std::str::FromStr;

use serde::Deserialize;

use crate::domain::{Detection, PixelSize, Point};
use crate::search::{MOST_CHOICES, SelfieFaces, SelfieRefusal};
use crate::web::guest::people::Mode;
use crate::web::guest::views::RelativeBox;
use crate::web::http::validate::{Issues, Validate, invalid};
use crate::web::{ApiError, ErrorCode};

/// How to search with a selfie.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    /// Whether the selfie adds to those before, instead of replacing them.
    pub(crate) add: bool,
    /// A point in each face that the guest chose.
    faces: Option<Points>,
    /// Which photos to find of several people.
    pub(crate) mode: Option<Mode>,
}

/// `x,y;x,y`, in fractions of the picture's width and height.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Points(Vec<Point>);

impl TryFrom<String> for Points {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let points: Result<Vec<Point>, String> = text.split(';').map(point).collect();
        points.map(Self)
    }
}

fn point(text: &str) -> Result<Point, String> {
    let share = |text| f32::from_str(text).ok().filter(|share| (0.0..=1.0).contains(share));
    let point = text.split_once(',').and_then(|(x, y)| Some(Point { x: share(x)?, y: share(y)? }));
    point.ok_or_else(|| "expected `x,y;x,y`, each from 0 to 1".to_owned())
}

impl Validate for Choice {
    fn check(&self, issues: &mut Issues) {
        let count = self.faces.as_ref().map_or(1, |Points(points)| points.len());
        let most = format!("expected at most {MOST_CHOICES} faces");
        issues.expect(count <= MOST_CHOICES, "faces", "too_long", &most);
        let mode = "expected `all` or `any` with several faces, and only then";
        issues.expect(self.mode.is_some() == (count > 1), "mode", "value", mode);
        issues.expect(
            !self.add || count == 1,
            "add",
            "value",
            "only the selfie of one person adds to others",
        );
    }
}

impl Choice {
    /// The faces to search for.
    pub(crate) fn of<'a>(&self, selfie: &'a SelfieFaces) -> Result<Vec<&'a Detection>, ApiError> {
        let Some(Points(points)) = &self.faces else {
            let choices = selfie.choices();
            if choices.len() > 1 {
                return Err(question(&choices, selfie.picture.size()));
            }
            return Ok(vec![selfie.main().map_err(ErrorCode::Selfie)?]);
        };
        let mut chosen = Vec::new();
        for point in points {
            let face =
                face_at(selfie, *point).ok_or_else(|| wrong("there is no face at one of the points"))?;
            if chosen.contains(&face) {
                return Err(wrong("two of the points are in the same face"));
            }
            chosen.push(face);
        }
        Ok(chosen)
    }
}

fn wrong(message: &str) -> ApiError {
    invalid("query", "faces", "value", message)
}

/// Boxes may overlap: the nearest centre counts.
fn face_at(selfie: &SelfieFaces, share: Point) -> Option<&Detection> {
    let size = selfie.picture.size();
    let (x, y) = (share.x * size.width as f32, share.y * size.height as f32);
    let near = |face: &Detection| {
        let centre = face.bounds.centre();
        (centre.x - x).hypot(centre.y - y)
    };
    let has_point = |face: &&Detection| {
        let part = face.bounds;
        (part.x..=part.x + part.w).contains(&x) && (part.y..=part.y + part.h).contains(&y)
    };
    selfie.choices().into_iter().filter(has_point).min_by(|a, b| near(a).total_cmp(&near(b)))
}

/// The refusal of a selfie with several faces, with their boxes.
fn question(choices: &[&Detection], size: PixelSize) -> ApiError {
    let faces: Vec<RelativeBox> = choices.iter().map(|face| RelativeBox::new(face.bounds, size)).collect();
    ApiError::with_extra(ErrorCode::Selfie(SelfieRefusal::SeveralFaces), "faces", &faces)
}
