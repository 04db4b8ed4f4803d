//! Sheets to print (PDF, A4) with an event's name, link and Wi-Fi as QR codes. The only module that uses a PDF library.
//!
//! Text uses the standard PDF fonts. Characters that these lack are replaced, and the result is marked.

mod canvas;
mod layouts;
mod metrics;

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, TextStr};

use crate::share::Modules;

use canvas::{Canvas, PAGE};

/// Layout of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One large code with three steps.
    Poster,
    /// Eight cards to cut out.
    Cards,
    /// Codes to join the Wi-Fi and then to open the photos.
    Wifi(Wifi),
}

/// A wireless network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wifi {
    /// SSID.
    pub name: String,
    /// `None` for an open network.
    pub password: Option<String>,
    /// Whether the network does not broadcast its SSID.
    pub hidden: bool,
}

impl Wifi {
    /// The text of a QR code that makes phones join the network.
    #[must_use]
    pub fn to_qr_text(&self) -> String {
        let hidden = if self.hidden { "H:true;" } else { "" };
        let name = escape(&self.name);
        match &self.password {
            Some(password) => format!("WIFI:T:WPA;S:{name};P:{};{hidden};", escape(password)),
            None => format!("WIFI:T:nopass;S:{name};{hidden};"),
        }
    }
}

/// Escapes the separators of the format with backslashes.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        if "\\;,:\"".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
        escaped
    })
}

/// The texts of a sheet in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Scan the code.
    pub scan: &'static str,
    /// Take a selfie.
    pub selfie: &'static str,
    /// Get the photos.
    pub photos: &'static str,
    /// Consent notice: what happens to the selfie.
    pub consent: &'static str,
    /// Short consent notice.
    pub consent_short: &'static str,
    /// Join the Wi-Fi.
    pub wifi: &'static str,
    /// Label of the network name.
    pub network: &'static str,
    /// Label of the password.
    pub password: &'static str,
    /// Open the photos.
    pub gallery: &'static str,
}

/// Contents of a sheet.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    /// The event's name.
    pub title: &'a str,
    /// Link in the code.
    pub link: &'a str,
    /// Address to type.
    pub address: &'a str,
    /// One or two languages; the first is printed larger.
    pub words: Vec<Words>,
    /// BCP 47 tag of the first language.
    pub language: &'a str,
}

/// A rendered sheet.
#[derive(Clone, Debug)]
pub struct Printed {
    /// PDF.
    pub file: Vec<u8>,
    /// Whether a character was replaced: the fonts have only Western European ones.
    pub unprintable: bool,
}

/// Names of the codes in the page's resources.
const LINK_CODE: &[u8] = b"Q1";
const WIFI_CODE: &[u8] = b"Q2";

/// Renders a sheet; `None` if a link is too long for a code.
#[must_use]
pub fn render(layout: &Layout, sheet: &Sheet) -> Option<Printed> {
    let mut canvas = Canvas::new();
    let mut codes = vec![(LINK_CODE, Modules::of(sheet.link)?)];
    match layout {
        Layout::Poster => layouts::poster(&mut canvas, sheet),
        Layout::Cards => layouts::cards(&mut canvas, sheet),
        Layout::Wifi(wifi) => {
            codes.push((WIFI_CODE, Modules::of(&wifi.to_qr_text())?));
            layouts::wifi(&mut canvas, sheet, wifi);
        }
    }
    let (content, unprintable) = canvas.finish();
    Some(Printed { file: write(&content, &codes, sheet), unprintable })
}

fn write(content: &[u8], codes: &[(&[u8], Modules)], sheet: &Sheet) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut last = 0;
    let mut next = || {
        last += 1;
        Ref::new(last)
    };
    let (catalog, pages, page_id, content_id, info) = (next(), next(), next(), next(), next());
    let fonts: [(&[u8], &[u8]); 3] =
        [(b"F1", b"Helvetica"), (b"F2", b"Helvetica-Bold"), (b"F3", b"Courier-Bold")];
    let fonts = fonts.map(|(name, font)| (name, font, next()));
    let codes: Vec<_> = codes.iter().map(|(name, modules)| (*name, modules, next())).collect();
    pdf.catalog(catalog).pages(pages).lang(TextStr(sheet.language));
    pdf.document_info(info).title(TextStr(sheet.title)).creator(TextStr("FotoTa"));
    pdf.pages(pages).kids([page_id]).count(1);
    let mut page = pdf.page(page_id);
    page.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(pages).contents(content_id);
    let mut resources = page.resources();
    let mut names = resources.fonts();
    for (name, _, id) in fonts {
        names.pair(Name(name), id);
    }
    names.finish();
    let mut names = resources.x_objects();
    for (name, _, id) in &codes {
        names.pair(Name(name), *id);
    }
    names.finish();
    resources.finish();
    page.finish();
    for (_, font, id) in fonts {
        pdf.type1_font(id).base_font(Name(font)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (_, modules, id) in codes {
        let drawing = draw(modules);
        pdf.form_xobject(id, &drawing).bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
    }
    pdf.stream(content_id, content);
    pdf.finish()
}

/// Draws a code in a square of side 1.
fn draw(modules: &Modules) -> Vec<u8> {
    let mut content = Content::new();
    let width = modules.width as f32;
    content.transform([1.0 / width, 0.0, 0.0, 1.0 / width, 0.0, 0.0]).set_fill_gray(0.0);
    for (x, y, length) in modules.runs() {
        // Overlaps the next row a little; otherwise screens show a light seam.
        content.rect(x as f32, width - 1.0 - y as f32 - 0.02, length as f32, 1.02);
    }
    content.fill_nonzero();
    content.finish().into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Words = Words {
        scan: "Scan",
        selfie: "Selfie",
        photos: "Photos",
        consent: "Consent",
        consent_short: "Ask",
        wifi: "Join",
        network: "Network",
        password: "Password",
        gallery: "Open",
    };

    fn sheet(title: &str) -> Sheet<'_> {
        let link = "http://192.168.1.7/e/0123456789abcdef";
        Sheet { title, link, address: link, words: vec![WORDS, WORDS], language: "en" }
    }

    #[test]
    fn special_characters_in_network_names_are_escaped() {
        let wifi = |name: &str, password: Option<&str>, hidden| {
            Wifi { name: name.into(), password: password.map(Into::into), hidden }.to_qr_text()
        };
        assert_eq!(wifi("Gedung", Some("rahasia1"), false), "WIFI:T:WPA;S:Gedung;P:rahasia1;;");
        assert_eq!(
            wifi("a;b,c:d\\e\"f", Some("p;;P:x"), true),
            "WIFI:T:WPA;S:a\\;b\\,c\\:d\\\\e\\\"f;P:p\\;\\;P\\:x;H:true;;"
        );
        assert_eq!(wifi("Café", None, false), "WIFI:T:nopass;S:Café;;");
    }

    #[test]
    fn every_layout_renders_and_reports_unprintable_characters() {
        let wifi = Wifi { name: "Gedung".into(), password: None, hidden: false };
        for layout in [Layout::Poster, Layout::Cards, Layout::Wifi(wifi)] {
            let printed = render(&layout, &sheet("Rina & Adi (“é”) \\")).unwrap();
            assert!(printed.file.starts_with(b"%PDF-1.") && !printed.unprintable, "{layout:?}");
            assert!(render(&layout, &sheet("祝")).unwrap().unprintable);
        }
        let long = "x".repeat(4000);
        assert!(render(&Layout::Poster, &Sheet { link: &long, ..sheet("Party") }).is_none());
    }
}
