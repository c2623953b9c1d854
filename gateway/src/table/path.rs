//! Which paths are safe to match: those that every reader behind the gateway understands alike.
//!
//! A single trailing slash is dropped. Refused (400), because a framework behind us may read them as another path: empty
//! segments (`//`), `.` and `..`, escaped slashes and backslashes, control characters, broken escapes, and escapes of
//! characters that need none (`%61` for `a`).

/// The path as it is matched and forwarded, or what is wrong with it.
pub(super) fn checked(path: &str) -> Result<&str, &'static str> {
    let path = without_trailing_slash(path);
    if !path.starts_with('/') {
        return Err("the path does not begin with a slash");
    }
    if path.len() == 1 {
        return Ok(path);
    }
    for segment in path[1..].split('/') {
        match segment {
            "" => return Err("the path has an empty segment"),
            "." | ".." => return Err("the path has a dot segment"),
            _ => characters(segment.as_bytes())?,
        }
    }
    Ok(path)
}

/// `/api/home/` is `/api/home`.
pub(crate) fn without_trailing_slash(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some("" | "/") | None => path,
        Some(shorter) => shorter,
    }
}

fn characters(segment: &[u8]) -> Result<(), &'static str> {
    let mut rest = segment;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\\' => return Err("the path has a backslash"),
            b'%' => {
                let Some((digits, after)) = rest.split_at_checked(2) else {
                    return Err("the path has a broken escape");
                };
                rest = after;
                escaped(digits)?;
            }
            0x21..=0x7e => {}
            _ => return Err("the path has a character that must be escaped"),
        }
    }
    Ok(())
}

fn escaped(digits: &[u8]) -> Result<(), &'static str> {
    let digit = |at: usize| (digits[at] as char).to_digit(16);
    let (Some(high), Some(low)) = (digit(0), digit(1)) else {
        return Err("the path has a broken escape");
    };
    match (high * 16 + low) as u8 {
        b'/' | b'\\' => Err("the path has an escaped slash"),
        0..=0x1f | 0x7f => Err("the path has a control character"),
        b'-' | b'.' | b'_' | b'~' => Err("the path escapes what needs no escape"),
        byte if byte.is_ascii_alphanumeric() => Err("the path escapes what needs no escape"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trailing_slash_is_the_same_path() {
        assert_eq!(checked("/api/home/"), Ok("/api/home"));
        assert_eq!(checked("/"), Ok("/"));
    }

    #[test]
    fn what_readers_could_take_for_another_path_is_refused() {
        for path in [
            "",
            "*",
            "api",
            "//",
            "//api",
            "/api//home",
            "/api/home//",
            "/./api",
            "/api/..",
            "/api/../int",
            "/api/%2e%2e/int",
            "/api/%2E",
            "/api%2fhome",
            "/api%2Fhome",
            "/api%5chome",
            "/api\\home",
            "/api/%00",
            "/api/%0a",
            "/api/%7f",
            "/api/%",
            "/api/%4",
            "/api/%zz",
            "/api/%+1",
            "/api/%61dmin",
            "/api/\u{e9}",
        ] {
            assert!(checked(path).is_err(), "{path}");
        }
    }

    #[test]
    fn names_with_needed_escapes_pass() {
        for path in [
            "/api/quest-templates/a_b~c.d",
            "/api/x/%ED%95%9C",
            "/api/x/a%20b",
            "/a;b=c/@:!$&'()*+,",
        ] {
            assert_eq!(checked(path), Ok(path));
        }
    }
}
