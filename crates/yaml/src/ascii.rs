//! Text of ASCII alone, as the parser takes it: a byte is a character, and nothing has to be decoded.
//! Nearly every file of a cluster is such a text, and most of it long values in base64.

use saphyr_parser::Input;

/// What is left of a text whose every byte is a character.
pub(crate) struct Ascii<'a> {
    rest: &'a [u8],
}

impl<'a> Ascii<'a> {
    /// A text from its begin.
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Ascii { rest: text }
    }
}

impl Input for Ascii<'_> {
    /// Everything is there already.
    #[inline]
    fn lookahead(&mut self, _count: usize) {}

    #[inline]
    fn buflen(&self) -> usize {
        self.bufmaxlen()
    }

    /// How much room the parser makes in a value before it looks again whether that is enough.
    #[inline]
    fn bufmaxlen(&self) -> usize {
        16
    }

    #[inline]
    fn raw_read_ch(&mut self) -> char {
        let character = self.peek();
        self.skip();
        character
    }

    #[inline]
    fn raw_read_non_breakz_ch(&mut self) -> Option<char> {
        let character = self.peek_opt();
        let character = character.filter(|character| !matches!(character, '\0' | '\n' | '\r'));
        if character.is_some() {
            self.skip();
        }
        character
    }

    #[inline]
    fn skip(&mut self) {
        self.skip_n(1);
    }

    #[inline]
    fn skip_n(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    #[inline]
    fn peek(&self) -> char {
        self.peek_nth(0)
    }

    #[inline]
    fn peek_nth(&self, n: usize) -> char {
        self.rest.get(n).map_or('\0', |byte| char::from(*byte))
    }

    #[inline]
    fn peek_opt(&self) -> Option<char> {
        self.rest.first().map(|byte| char::from(*byte))
    }

    // These two are asked of every character of a value.

    #[inline]
    fn next_is_blank_or_breakz(&self) -> bool {
        matches!(
            self.rest.first(),
            None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'\0')
        )
    }

    #[inline]
    fn next_can_be_plain_scalar(&self, in_flow: bool) -> bool {
        let ends_flow = |byte: &u8| in_flow && b",[]{}".contains(byte);
        match self.rest {
            [b':'] | [b':', b' ' | b'\t' | b'\n' | b'\r' | b'\0', ..] => false,
            [b':', next, ..] => !ends_flow(next),
            [byte, ..] => !ends_flow(byte),
            [] => true,
        }
    }
}
