#!/usr/bin/env python3
"""Composes the sample event: photos/*.jpg, selfies/*.jpg and truth.json.

    python3 assets/demo/compose.py [OUT_DIR]

Needs numpy, Pillow, scikit-image 0.25.2 and matplotlib 3.11.2; the last two only for the pictures
that they carry. OUT_DIR is the folder of this script unless given. Same versions, same bytes.
"""

import hashlib
import importlib.util
import json
import pathlib
import sys

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

SOURCES = {
    "collins": (
        "skimage",
        "data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    ),
    "hopper": (
        "matplotlib",
        "mpl-data/sample_data/grace_hopper.jpg",
        "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
    ),
    "coffee": (
        "skimage",
        "data/coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    ),
    "hubble": (
        "skimage",
        "data/hubble_deep_field.jpg",
        "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
    ),
    "rocket": (
        "skimage",
        "data/rocket.jpg",
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
    ),
}

EILEEN = "Eileen_Collins"
GRACE = "Grace_Hopper"

LANDSCAPE = (1600, 1067)
PORTRAIT = (1067, 1600)
QUALITY = 82
SEED = 20240607
EXIF_ORIENTATION = 0x0112

# Outlines of the two women in their source pictures, in pixels.
OUTLINES = {
    "collins": [
        (201, 24), (185, 39), (174, 44), (163, 52), (157, 59), (154, 69), (155, 92), (158, 104),
        (167, 115), (170, 118), (173, 125), (178, 131), (182, 132), (183, 142), (185, 149),
        (170, 148), (153, 151), (140, 158), (123, 178), (120, 189), (120, 201), (113, 204),
        (110, 207), (107, 212), (90, 228), (76, 236), (65, 247), (44, 283), (40, 295), (39, 306),
        (34, 316), (30, 330), (26, 345), (26, 365), (21, 385), (19, 400), (21, 418), (24, 430),
        (23, 450), (26, 475), (30, 495), (36, 511), (511, 511), (511, 492), (506, 490), (503, 483),
        (499, 478), (493, 477), (493, 468), (498, 463), (501, 460), (498, 455), (495, 452),
        (492, 421), (485, 400), (477, 384), (455, 362), (436, 352), (418, 346), (393, 345),
        (364, 348), (360, 344), (359, 328), (356, 323), (355, 302), (351, 291), (347, 282),
        (344, 272), (339, 262), (318, 244), (306, 236), (303, 231), (300, 222), (294, 209),
        (287, 199), (276, 188), (265, 179), (255, 173), (257, 165), (258, 160), (263, 152),
        (266, 145), (267, 137), (270, 137), (276, 134), (281, 127), (288, 120), (294, 111),
        (299, 92), (298, 72), (295, 66), (295, 58), (287, 44), (276, 32), (248, 19), (227, 17),
        (214, 22), (205, 22),
    ],
    "hopper": [
        (232, 26), (225, 31), (220, 34), (219, 41), (210, 42), (200, 47), (190, 55), (182, 64),
        (177, 73), (175, 83), (166, 88), (160, 95), (156, 104), (156, 148), (164, 156), (163, 177),
        (157, 184), (157, 189), (153, 197), (153, 211), (155, 219), (160, 230), (161, 250),
        (161, 270), (166, 281), (176, 289), (195, 298), (202, 312), (195, 322), (187, 331),
        (175, 339), (165, 344), (129, 356), (96, 364), (68, 375), (53, 382), (47, 388), (42, 400),
        (36, 416), (31, 427), (28, 440), (27, 459), (22, 501), (17, 535), (15, 560), (12, 599),
        (508, 599), (507, 500), (505, 440), (500, 410), (494, 397), (488, 390), (479, 386),
        (464, 378), (422, 367), (400, 357), (379, 348), (363, 341), (350, 331), (337, 321),
        (331, 313), (331, 306), (340, 307), (347, 302), (353, 293), (358, 283), (360, 268),
        (361, 257), (363, 255), (367, 236), (370, 222), (373, 210), (375, 200), (374, 191),
        (369, 183), (369, 160), (370, 134), (368, 100), (365, 90), (362, 86), (353, 87), (351, 78),
        (346, 67), (340, 59), (328, 50), (315, 44), (300, 40), (296, 36), (288, 31), (280, 27),
        (270, 24), (258, 23), (245, 24),
    ],
}


def load(name):
    """The source picture `name`, after its checksum has matched."""
    package, member, wanted = SOURCES[name]
    spec = importlib.util.find_spec(package)
    if spec is None:
        sys.exit(f"compose.py: the Python package {package} is not installed")
    path = pathlib.Path(spec.origin).parent / member
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wanted:
        sys.exit(f"compose.py: {package}/{member} has SHA-256 {found}, not {wanted}")
    return Image.open(path).convert("RGB")


def cut_out(name):
    """The person of a source picture as RGBA with a soft edge."""
    picture = load(name)
    fine = 4
    mask = Image.new("L", (picture.width * fine, picture.height * fine), 0)
    outline = [((x + 0.5) * fine, (y + 0.5) * fine) for x, y in OUTLINES[name]]
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    # One pixel inwards, so that no rim of the old background stays.
    mask = mask.filter(ImageFilter.MinFilter(7)).filter(ImageFilter.GaussianBlur(4))
    picture.putalpha(mask.resize(picture.size, Image.Resampling.BOX))
    return picture


def gradient(size, stops, angle=90.0):
    """A linear gradient over colour stops; 90 degrees runs from top to bottom."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    turn = np.deg2rad(angle)
    along = x * np.cos(turn) + y * np.sin(turn)
    along = (along - along.min()) / (along.max() - along.min())
    places = np.linspace(0.0, 1.0, len(stops))
    channels = [np.interp(along, places, [stop[c] for stop in stops]) for c in range(3)]
    return Image.fromarray(np.rint(np.stack(channels, axis=-1)).astype(np.uint8))


def bokeh(size, stops, lights, rng, count=45, radius=(18, 70), band=(0.0, 1.0)):
    """A gradient with out-of-focus lights in the given band of the height."""
    picture = gradient(size, stops)
    width, height = size
    for soft in (14, 3):
        for _ in range(count // 2):
            layer_radius = int(rng.integers(*radius))
            x = int(rng.integers(0, width))
            y = int(rng.integers(int(band[0] * height), int(band[1] * height)))
            colour = lights[int(rng.integers(len(lights)))]
            strength = float(rng.uniform(0.12, 0.5))
            edge = layer_radius + 3 * soft
            disc = Image.new("RGB", (2 * edge, 2 * edge))
            ImageDraw.Draw(disc).ellipse(
                (3 * soft, 3 * soft, 2 * edge - 3 * soft, 2 * edge - 3 * soft),
                fill=tuple(int(c * strength) for c in colour),
            )
            disc = disc.filter(ImageFilter.GaussianBlur(soft))
            box = (x - edge, y - edge, x + edge, y + edge)
            # A crop beyond the border is black there, and paste clips it again.
            picture.paste(ImageChops.screen(picture.crop(box), disc), box[:2])
    return picture


def cover(picture, size, blur=0.0, centre=(0.5, 0.5)):
    """The picture scaled to fill `size`, and blurred as if out of focus."""
    out = ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=centre)
    return out.filter(ImageFilter.GaussianBlur(blur)) if blur else out


def wall(size, tint, rng, brick=(96, 32), joint=4):
    """A painted brick wall, darker towards the floor."""
    width, height = size
    out = Image.new("RGB", size, tuple(int(c * 0.72) for c in tint))
    draw = ImageDraw.Draw(out)
    for line, top in enumerate(range(0, height, brick[1])):
        for left in range(-(brick[0] // 2) * (line % 2), width, brick[0]):
            tone = float(rng.uniform(0.92, 1.0))
            draw.rectangle(
                (left, top, left + brick[0] - joint, top + brick[1] - joint),
                fill=tuple(int(c * tone) for c in tint),
            )
    out = out.filter(ImageFilter.GaussianBlur(1.0))
    return ImageChops.multiply(out, gradient(size, [(255, 255, 255), (176, 176, 176)]))


def place(canvas, person, x, y, scale, tilt=0.0, mirror=False, light=1.0, shadow=0.35):
    """Puts a person into the canvas: the middle of the cut-out's lower edge comes to (x, y).

    The tilt is in degrees, counter-clockwise.
    """
    size = (round(person.width * scale), round(person.height * scale))
    body = person.resize(size, Image.Resampling.LANCZOS)
    if mirror:
        body = ImageOps.mirror(body)
    # On a canvas of double size whose centre is the anchor, rotation keeps the anchor.
    reach = int(np.hypot(size[0] / 2, size[1])) + 4
    around = Image.new("RGBA", (2 * reach, 2 * reach))
    around.paste(body, (reach - size[0] // 2, reach - size[1]))
    if tilt:
        around = around.rotate(tilt, Image.Resampling.BICUBIC)
    alpha = around.getchannel("A")
    colours = ImageEnhance.Brightness(around.convert("RGB")).enhance(light)
    corner = (round(x) - reach, round(y) - reach)
    if shadow:
        soft = alpha.filter(ImageFilter.GaussianBlur(26 * scale)).point(lambda v: v * shadow)
        offset = (corner[0] + round(10 * scale), corner[1] + round(8 * scale))
        canvas.paste((0, 0, 0), offset, soft)
    canvas.paste(colours, corner, alpha)


def framed(canvas, print_, x, y, mat=14, frame=9):
    """Hangs a picture in a frame with its centre at (x, y)."""
    edge = mat + frame
    outer = Image.new("RGB", (print_.width + 2 * edge, print_.height + 2 * edge), (42, 30, 22))
    outer.paste((238, 234, 226), (frame, frame, outer.width - frame, outer.height - frame))
    outer.paste(print_, (edge, edge))
    left, top = x - outer.width // 2, y - outer.height // 2
    shade = Image.new("L", canvas.size, 0)
    shade.paste(150, (left + 7, top + 10, left + outer.width + 7, top + outer.height + 10))
    canvas.paste((0, 0, 0), (0, 0), shade.filter(ImageFilter.GaussianBlur(8)))
    canvas.paste(outer, (left, top))


def vignette(picture, strength):
    """Darkens the corners a little."""
    width, height = picture.size
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    far = np.hypot((x - width / 2) / (width / 2), (y - height / 2) / (height / 2)) / np.sqrt(2)
    factor = 1.0 - strength * far**2.5
    pixels = np.asarray(picture, dtype=np.float64) * factor[..., None]
    return Image.fromarray(np.rint(pixels).clip(0, 255).astype(np.uint8))


def levels(picture, low, high):
    """Squeezes the full range of values into low..high."""
    return picture.point([round(low + v * (high - low) / 255) for v in range(256)] * 3)


def grain(picture, sigma, rng):
    """Adds the noise of a sensor."""
    pixels = np.asarray(picture, dtype=np.float64)
    pixels = pixels + rng.normal(0.0, sigma, pixels.shape)
    return Image.fromarray(np.rint(pixels).clip(0, 255).astype(np.uint8))


WARM = [(255, 196, 120), (255, 160, 90), (255, 226, 180), (240, 120, 80)]
COOL = [(120, 180, 255), (170, 210, 255), (255, 236, 200), (120, 230, 220)]
PARTY = [(255, 120, 160), (255, 200, 110), (130, 170, 255), (180, 120, 255)]
LEAVES = [(190, 220, 120), (240, 240, 190), (120, 180, 110)]


def photos(rng):
    """Yields (file name, upright picture, guests in it, EXIF orientation)."""
    eileen, grace = cut_out("collins"), cut_out("hopper")
    coffee, hubble, rocket = map(load, ("coffee", "hubble", "rocket"))

    back = bokeh(LANDSCAPE, [(64, 40, 34), (120, 78, 56), (58, 38, 34)], WARM, rng, band=(0, 0.75))
    place(back, eileen, 760, 1085, 1.75)
    yield "DSC_0101.jpg", vignette(back, 0.35), [EILEEN], 1

    back = bokeh(LANDSCAPE, [(28, 40, 66), (52, 76, 110), (24, 32, 52)], COOL, rng, band=(0, 0.8))
    place(back, grace, 900, 1095, 1.5, tilt=-3)
    yield "DSC_0102.jpg", vignette(back, 0.35), [GRACE], 1

    back = bokeh(LANDSCAPE, [(52, 30, 58), (104, 62, 88), (40, 26, 46)], PARTY, rng, band=(0, 0.8))
    place(back, grace, 1130, 1105, 1.28, tilt=4)
    place(back, eileen, 500, 1090, 1.62, tilt=-3)
    yield "DSC_0103.jpg", vignette(back, 0.3), [EILEEN, GRACE], 1

    yield "DSC_0104.jpg", cover(coffee, LANDSCAPE), [], 1

    back = bokeh(PORTRAIT, [(150, 176, 120), (196, 206, 150), (92, 118, 76)], LEAVES, rng)
    place(back, eileen, 760, 1790, 2.3, tilt=12)
    yield "DSC_0105.jpg", vignette(back, 0.3), [EILEEN], 1

    back = gradient(PORTRAIT, [(206, 198, 186), (160, 150, 140), (110, 102, 96)], 70)
    place(back, grace, 400, 1735, 2.0, tilt=-15)
    yield "DSC_0106.jpg", vignette(back, 0.35), [GRACE], 1

    back = bokeh(LANDSCAPE, [(30, 52, 60), (70, 104, 104), (28, 44, 50)], WARM + COOL, rng)
    place(back, eileen, 390, 1215, 1.75, tilt=-16)
    place(back, grace, 1210, 1170, 1.36, tilt=10)
    yield "DSC_0107.jpg", vignette(back, 0.3), [EILEEN, GRACE], 1

    # Two framed prints on a gallery wall: small faces.
    back = wall(LANDSCAPE, (206, 196, 182), rng)
    left = gradient((270, 340), [(196, 206, 214), (142, 156, 168)])
    place(left, eileen, 144, 350, 0.62, shadow=0.2)
    framed(back, left, 530, 440)
    right = gradient((240, 310), [(216, 200, 176), (164, 146, 124)])
    place(right, grace, 120, 316, 0.34, shadow=0.2)
    framed(back, right, 1090, 460)
    yield "DSC_0108.jpg", vignette(back, 0.4), [EILEEN, GRACE], 1

    # After dusk: dark and low in contrast.
    back = cover(rocket, LANDSCAPE, blur=3.0, centre=(0.5, 0.6))
    place(back, eileen, 430, 1100, 1.6, tilt=6)
    yield "DSC_0109.jpg", levels(ImageEnhance.Color(back).enhance(0.7), 12, 104), [EILEEN], 1

    # Out of focus.
    back = bokeh(LANDSCAPE, [(84, 64, 48), (140, 112, 84), (70, 52, 40)], WARM, rng)
    place(back, grace, 640, 1130, 1.4, tilt=8)
    yield "DSC_0110.jpg", back.filter(ImageFilter.GaussianBlur(4.0)), [GRACE], 1

    # The camera was held upright: stored rotated, with EXIF orientation 6.
    back = bokeh(PORTRAIT, [(58, 70, 100), (120, 122, 150), (60, 58, 84)], PARTY, rng)
    place(back, grace, 640, 1640, 1.45, tilt=-5)
    place(back, eileen, 470, 1690, 1.45, tilt=5)
    yield "DSC_0111.jpg", vignette(back, 0.3), [EILEEN, GRACE], 6

    yield "DSC_0112.jpg", cover(rocket, LANDSCAPE), [], 1

    # A small person in front of a wide screen.
    back = levels(cover(hubble, LANDSCAPE, blur=2.5), 8, 235)
    place(back, eileen, 1080, 1072, 0.65, mirror=True)
    yield "DSC_0113.jpg", back, [EILEEN], 1

    back = wall(LANDSCAPE, (172, 100, 78), rng).filter(ImageFilter.GaussianBlur(2.5))
    place(back, grace, 500, 1110, 1.1, tilt=-7, mirror=True, light=0.94)
    yield "DSC_0114.jpg", vignette(back, 0.45), [GRACE], 1

    yield "DSC_0115.jpg", cover(hubble, PORTRAIT), [], 1


def selfies(rng):
    """Yields (guest, picture)."""
    size = (900, 1200)
    back = gradient(size, [(176, 190, 196), (132, 146, 150), (96, 104, 104)], 40)
    place(back, cut_out("collins"), 385, 1420, 2.45, tilt=-7, mirror=True, shadow=0.25)
    back = ImageEnhance.Brightness(ImageEnhance.Contrast(back).enhance(0.88)).enhance(1.12)
    yield EILEEN, grain(back, 5.0, rng)

    back = gradient(size, [(120, 96, 78), (170, 140, 112), (92, 74, 62)], 120)
    place(back, cut_out("hopper"), 455, 1290, 1.85, tilt=6, mirror=True, shadow=0.25)
    back = ImageEnhance.Brightness(ImageEnhance.Contrast(back).enhance(1.1)).enhance(0.86)
    yield GRACE, grain(back, 5.0, rng)


def save(picture, path, orientation=1):
    """Writes a JPEG; with orientation 6 its pixels are stored a quarter turn to the left."""
    exif = Image.Exif()
    if orientation == 6:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        exif[EXIF_ORIENTATION] = orientation
    elif orientation != 1:
        raise ValueError(f"EXIF orientation {orientation} is not made here")
    picture.save(path, "JPEG", quality=QUALITY, optimize=True, exif=exif)


def main():
    here = pathlib.Path(__file__).resolve().parent
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    for folder in ("photos", "selfies"):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for old in (out / folder).glob("*.jpg"):
            old.unlink()
    rng = np.random.default_rng(SEED)
    truth = {"guests": {EILEEN: [], GRACE: []}, "photos": {}}
    for name, picture, guests, orientation in photos(rng):
        save(picture, out / "photos" / name, orientation)
        truth["photos"][name] = len(guests)
        for guest in guests:
            truth["guests"][guest].append(name)
    for guest, picture in selfies(rng):
        save(picture, out / "selfies" / f"{guest}_1.jpg")
    (out / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    main()
