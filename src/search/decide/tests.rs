//! Decisions on drawn and on random faces: what they say, and what may not change them.

use proptest::prelude::*;

use super::*;
use crate::search::memory::Vectors;

const DIMENSIONS: usize = 16;

fn rule() -> Rule {
    Rule::new(0.38, None)
}

/// A crowd without faces: all densities are the usual one, and a lone face needs a cosine of 0.38 and a little more.
fn nobody() -> Crowd {
    Crowd::new(Vectors::new(DIMENSIONS), 0)
}

fn id<T>(from: fn(i64) -> Option<T>, number: usize) -> T {
    from(i64::try_from(number).unwrap() + 1).unwrap()
}

fn candidate(face: usize, photo: usize, embedding: Embedding) -> Candidate {
    Candidate {
        face: id(FaceId::from_i64, face),
        photo: id(PhotoId::from_i64, photo),
        seen: Seen { embedding, density: rule().usual_density },
    }
}

/// The person's face on the first axis, turned by these cosines to the axes of others.
fn person(parts: &[(usize, f32)]) -> Embedding {
    let mut values = vec![0.0; DIMENSIONS];
    for (axis, value) in parts {
        values[*axis] = *value;
    }
    Embedding::normalised(values).unwrap()
}

fn seen(embedding: Embedding) -> Seen {
    Seen { embedding, density: rule().usual_density }
}

fn certainties(selfies: &[Embedding], faces: &[Candidate], denied: &[usize]) -> Vec<Option<Certainty>> {
    let denied = denied.iter().map(|photo| id(PhotoId::from_i64, *photo)).collect();
    let selfies = selfies.iter().cloned().map(seen).collect();
    let decision = decide(&rule(), &nobody(), selfies, faces, &denied, Vec::new());
    decision.verdicts.into_iter().map(|verdict| verdict.map(|verdict| verdict.certainty)).collect()
}

const SURE: Option<Certainty> = Some(Certainty::Sure);
const MAYBE: Option<Certainty> = Some(Certainty::Maybe);

#[test]
fn a_group_convinces_where_a_lone_face_does_not() {
    let selfie = [person(&[(0, 1.0)])];
    let weak = |axis| person(&[(0, 0.4), (1, 0.85), (axis, 0.3)]);
    assert_eq!(certainties(&selfie, &[candidate(0, 0, weak(2))], &[]), [MAYBE]);
    let three = [2, 3, 4].map(|axis| candidate(axis, axis, weak(axis)));
    assert_eq!(certainties(&selfie, &three, &[]), [SURE; 3]);
    // In one photo they are three people, one of whom may be the person.
    let together = [2, 3, 4].map(|axis| candidate(axis, 0, weak(axis)));
    assert!(!certainties(&selfie, &together, &[]).contains(&SURE));
}

#[test]
fn the_persons_group_finds_faces_that_the_selfie_does_not() {
    let selfie = person(&[(0, 1.0)]);
    // Turned to the side: hardly like the selfie, but like the other photos.
    let group = [2, 3, 4].map(|axis| candidate(axis, axis, person(&[(0, 0.7), (1, 0.7), (axis, 0.2)])));
    let side = candidate(9, 9, person(&[(0, 0.3), (1, 0.95)]));
    let faces = [group.as_slice(), std::slice::from_ref(&side)].concat();
    let decision =
        decide(&rule(), &nobody(), vec![seen(selfie.clone())], &faces, &HashSet::new(), Vec::new());
    let verdict = decision.verdicts[3].unwrap();
    assert_eq!((verdict.certainty, verdict.reason), (Certainty::Sure, Reason::SamePerson));
    assert_eq!(decision.verdicts[0].unwrap().reason, Reason::LikeSelfie);
    // The same for a photo that arrives later; and for nothing but a stranger without the group.
    let later = Candidate { photo: id(PhotoId::from_i64, 19), ..side.clone() };
    assert_eq!(decision.person.judge(&rule(), &later).map(|v| v.certainty), SURE);
    assert_ne!(decision.person.judge(&rule(), &side).map(|v| v.certainty), SURE, "in a photo of the person");
    assert_eq!(certainties(&[selfie], &[side], &[]), [None]);
}

#[test]
fn a_look_alike_in_the_same_photo_is_someone_else() {
    let selfie = person(&[(0, 1.0)]);
    let me = [0, 1, 2].map(|n| candidate(n, n, person(&[(0, 1.0), (3 + n, 0.3)])));
    let twin =
        |photo| [7, 8].map(|n| candidate(n, photo * (n - 6), person(&[(0, 0.62), (1, 0.7), (n, 0.3)])));
    let in_other_photos = [me.as_slice(), &twin(10)].concat();
    let beside_me = [me.as_slice(), &twin(1)].concat();
    assert_ne!(certainties(std::slice::from_ref(&selfie), &in_other_photos, &[])[3], None);
    let verdicts = certainties(&[selfie], &beside_me, &[]);
    assert_eq!(verdicts[..3], [SURE; 3]);
    assert!(!verdicts[3..].contains(&SURE), "{verdicts:?}");
}

#[test]
fn what_the_person_denies_is_shown_as_possible_at_most() {
    let selfie = [person(&[(0, 1.0)])];
    let faces = [0, 1, 2].map(|n| candidate(n, n, person(&[(0, 0.5), (1, 0.85), (2 + n, 0.1)])));
    assert_eq!(certainties(&selfie, &faces, &[]), [SURE; 3]);
    let verdicts = certainties(&selfie, &faces, &[1]);
    assert_eq!(verdicts[1], None);
    assert!(!verdicts.contains(&SURE), "{verdicts:?}");
}

#[test]
fn a_second_selfie_adds_what_is_like_it() {
    let (front, side) = (person(&[(0, 1.0)]), person(&[(1, 1.0), (0, 0.3)]));
    let faces = [0, 1].map(|n| candidate(n, n, person(&[(n, 1.0), (4, 0.1)])));
    assert_eq!(certainties(std::slice::from_ref(&front), &faces, &[]), [SURE, None]);
    assert_eq!(certainties(&[front, side], &faces, &[]), [SURE, SURE]);
}

/// Faces of a few people, some of them in one photo, and the selfie of the first.
fn events() -> impl Strategy<Value = (Vec<Embedding>, Vec<Candidate>)> {
    let noise = prop::collection::vec(-0.35_f32..0.35, DIMENSIONS);
    let face = (0..4_usize, 0..9_usize, noise.clone());
    (prop::collection::vec(noise, 1..3), prop::collection::vec(face, 0..24)).prop_map(|(selfies, faces)| {
        let of = |person: usize, mut noise: Vec<f32>| {
            noise[person] += 1.0;
            Embedding::normalised(noise).unwrap()
        };
        let selfies = selfies.into_iter().map(|noise| of(0, noise)).collect();
        let faces = faces.into_iter().enumerate();
        let faces = faces.map(|(number, (person, photo, noise))| candidate(number, photo, of(person, noise)));
        (selfies, faces.collect())
    })
}

proptest! {
    #[test]
    fn the_order_of_the_candidates_does_not_matter((selfies, faces) in events(), seed in any::<u64>()) {
        let expected = certainties(&selfies, &faces, &[]);
        let mut shuffled: Vec<usize> = (0..faces.len()).collect();
        shuffled.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(seed | 1));
        let turned: Vec<Candidate> = shuffled.iter().map(|at| faces[*at].clone()).collect();
        for (verdict, at) in certainties(&selfies, &turned, &[]).into_iter().zip(shuffled) {
            prop_assert_eq!(verdict, expected[at]);
        }
    }

    #[test]
    fn two_faces_of_one_photo_are_never_both_sure((selfies, faces) in events()) {
        let mut photos = HashSet::new();
        for (face, certainty) in faces.iter().zip(certainties(&selfies, &faces, &[])) {
            prop_assert!(certainty != SURE || photos.insert(face.photo));
        }
    }

    /// The same group, each member more like the selfie: never less certain.
    #[test]
    fn more_evidence_never_lowers(base in 0.2_f32..0.9, more in 0.0_f32..0.5, size in 1..5_usize) {
        let at = |likeness: f32| -> Vec<Candidate> {
            let face = |n| person(&[(0, likeness), (1, 1.0 - likeness), (2 + n, 0.05)]);
            (0..size).map(|n| candidate(n, n, face(n))).collect()
        };
        let selfie = [person(&[(0, 1.0)])];
        let less = certainties(&selfie, &at(base), &[]);
        let more = certainties(&selfie, &at((base + more).min(1.0)), &[]);
        prop_assert!(more >= less, "{:?} to {:?}", less, more);
        // One photo more of the person does not make the others less certain.
        let grown = [at(base), vec![candidate(20, 20, person(&[(0, base), (1, 1.0 - base), (9, 0.05)]))]].concat();
        prop_assert!(certainties(&selfie, &grown, &[])[..size] >= less[..]);
    }
}
