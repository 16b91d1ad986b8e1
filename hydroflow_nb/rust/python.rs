//! Python's rules, where they are others than Rust's: division, indices, texts, orders, and items as lines of JSON.

use std::cmp::Ordering;
use std::hash::Hash;

pub use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

// --- numbers -------------------------------------------------------------------------------------------------------

/// Rounds down, as `//` does.
pub fn floor_div(left: i64, right: i64) -> i64 {
    let whole = left.checked_div(right).expect("integer division or modulo by zero, or beyond 64 bits");
    if left % right != 0 && (left < 0) != (right < 0) { whole - 1 } else { whole }
}

/// The remainder with the sign of the divisor, as `%` gives it.
pub fn modulo(left: i64, right: i64) -> i64 {
    let rest = left.checked_rem(right).expect("integer division or modulo by zero, or beyond 64 bits");
    if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest }
}

pub fn divide(left: f64, right: f64) -> f64 {
    assert!(right != 0.0, "division by zero");
    left / right
}

pub fn floor_div_float(left: f64, right: f64) -> f64 {
    assert!(right != 0.0, "float floor division by zero");
    let rest = modulo_float(left, right);
    let whole = (left - rest) / right;
    if whole == 0.0 { return 0.0f64.copysign(left / right); }
    let near = whole.floor();
    if whole - near > 0.5 { near + 1.0 } else { near }
}

pub fn modulo_float(left: f64, right: f64) -> f64 {
    assert!(right != 0.0, "float modulo");
    let rest = left % right;
    if rest == 0.0 { return 0.0f64.copysign(right); }
    if (rest < 0.0) != (right < 0.0) { rest + right } else { rest }
}

pub fn power(base: i64, exponent: i64) -> i64 {
    let exponent = u32::try_from(exponent).expect("a power with a negative exponent is a float");
    base.checked_pow(exponent).expect("a power beyond 64 bits")
}

pub fn power_float(base: f64, exponent: f64) -> f64 {
    base.powf(exponent)
}

pub fn shift_left(number: i64, by: i64) -> i64 {
    assert!(by >= 0, "negative shift count");
    if number == 0 { return 0; }
    let shifted = i128::from(number) << by.min(64);
    i64::try_from(shifted).expect("a shift beyond 64 bits")
}

pub fn shift_right(number: i64, by: i64) -> i64 {
    assert!(by >= 0, "negative shift count");
    number >> by.min(63)
}

pub fn bit_length(number: i64) -> i64 {
    i64::from(64 - number.unsigned_abs().leading_zeros())
}

/// A float without its fraction.
pub fn whole(number: f64) -> i64 {
    assert!(number.is_finite() && number.abs() < 9.2e18, "a float beyond 64 bits as an int");
    number.trunc() as i64
}

/// To the nearest int, to the even one of two.
pub fn rounded(number: f64) -> i64 {
    whole(number.round_ties_even())
}

pub fn rounded_to(number: f64, digits: i64) -> f64 {
    match usize::try_from(digits) {
        Ok(digits) => format!("{number:.digits$}").parse().unwrap(),
        Err(_) => {
            let unit = 10f64.powi(digits.unsigned_abs() as i32);
            (number / unit).round_ties_even() * unit
        }
    }
}

pub fn parsed_int(text: &str) -> i64 {
    let plain = text.trim().replace('_', "");
    plain.parse().unwrap_or_else(|_| panic!("invalid literal for int() with base 10: {text:?}"))
}

pub fn parsed_float(text: &str) -> f64 {
    let plain = text.trim().replace('_', "");
    plain.parse().unwrap_or_else(|_| panic!("could not convert string to float: {text:?}"))
}

pub fn range(start: i64, stop: i64, step: i64) -> impl DoubleEndedIterator<Item = i64> {
    assert!(step != 0, "range() arg 3 must not be zero");
    let count = if step > 0 { (stop - start + step - 1) / step } else { (start - stop - step - 1) / -step };
    (0..count.max(0)).map(move |number| start + number * step)
}

// --- places in lists and texts ---------------------------------------------------------------------------------------

fn place(length: usize, at: i64) -> usize {
    let found = if at < 0 { at + length as i64 } else { at };
    assert!(found >= 0 && found < length as i64, "index out of range: {at} of {length}");
    found as usize
}

fn bounds(length: usize, lower: Option<i64>, upper: Option<i64>) -> (usize, usize) {
    let length = length as i64;
    let clamped = |end: i64| (if end < 0 { end + length } else { end }).clamp(0, length) as usize;
    let (start, stop) = (lower.map_or(0, clamped), upper.map_or(length as usize, clamped));
    (start, stop.max(start))
}

pub fn item<T: Clone>(items: &[T], at: i64) -> T {
    items[place(items.len(), at)].clone()
}

pub fn item_mut<T>(items: &mut [T], at: i64) -> &mut T {
    let at = place(items.len(), at);
    &mut items[at]
}

pub fn slice<T: Clone>(items: &[T], lower: Option<i64>, upper: Option<i64>) -> Vec<T> {
    let (start, stop) = bounds(items.len(), lower, upper);
    items[start..stop].to_vec()
}

pub fn backwards<T: Clone>(items: &[T]) -> Vec<T> {
    items.iter().rev().cloned().collect()
}

pub fn insert<T>(items: &mut Vec<T>, at: i64, item: T) {
    let length = items.len() as i64;
    let at = (if at < 0 { at + length } else { at }).clamp(0, length);
    items.insert(at as usize, item);
}

pub fn remove<T: PartialEq>(items: &mut Vec<T>, item: &T) {
    let at = items.iter().position(|one| one == item).expect("list.remove(x): x not in list");
    items.remove(at);
}

pub fn index_of<T: PartialEq>(items: &[T], item: &T) -> i64 {
    items.iter().position(|one| one == item).expect("the item is not in the list") as i64
}

pub fn count_of<T: PartialEq>(items: &[T], item: &T) -> i64 {
    items.iter().filter(|one| *one == item).count() as i64
}

pub fn repeated_list<T: Clone>(items: &[T], times: i64) -> Vec<T> {
    (0..times.max(0)).flat_map(|_| items.iter().cloned()).collect()
}

// --- texts, by characters --------------------------------------------------------------------------------------------

pub fn characters(text: &str) -> impl DoubleEndedIterator<Item = String> + '_ {
    text.chars().map(String::from)
}

pub fn character(text: &str, at: i64) -> String {
    let at = place(text.chars().count(), at);
    text.chars().nth(at).unwrap().to_string()
}

pub fn slice_text(text: &str, lower: Option<i64>, upper: Option<i64>) -> String {
    let (start, stop) = bounds(text.chars().count(), lower, upper);
    text.chars().skip(start).take(stop - start).collect()
}

pub fn backwards_text(text: &str) -> String {
    text.chars().rev().collect()
}

pub fn repeated(text: &str, times: i64) -> String {
    text.repeat(times.max(0) as usize)
}

pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

pub fn split(text: &str, separator: &str, most: i64) -> Vec<String> {
    assert!(!separator.is_empty(), "empty separator");
    match usize::try_from(most) {
        Ok(most) => text.splitn(most + 1, separator).map(String::from).collect(),
        Err(_) => text.split(separator).map(String::from).collect(),
    }
}

pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(String::from).collect()
}

pub fn stripped(text: &str, characters: &str, left: bool, right: bool) -> String {
    let text = if left { text.trim_start_matches(|one| characters.contains(one)) } else { text };
    (if right { text.trim_end_matches(|one| characters.contains(one)) } else { text }).to_string()
}

pub fn without_prefix(text: &str, prefix: &str) -> String {
    text.strip_prefix(prefix).unwrap_or(text).to_string()
}

pub fn without_suffix(text: &str, suffix: &str) -> String {
    text.strip_suffix(suffix).unwrap_or(text).to_string()
}

pub fn find(text: &str, part: &str) -> i64 {
    text.find(part).map_or(-1, |at| text[..at].chars().count() as i64)
}

pub fn occurrences(text: &str, part: &str) -> i64 {
    text.matches(part).count() as i64
}

pub fn all_characters(text: &str, test: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(test)
}

pub fn ord(text: &str) -> i64 {
    let mut all = text.chars();
    match (all.next(), all.next()) {
        (Some(one), None) => i64::from(u32::from(one)),
        _ => panic!("ord() expected a character, but got a text of another length"),
    }
}

pub fn chr(number: i64) -> String {
    u32::try_from(number).ok().and_then(char::from_u32).expect("chr() arg is no character").to_string()
}

// --- sets and dicts, in the order in which things came ------------------------------------------------------------------

pub fn union<T: Clone + Eq + Hash>(left: &IndexSet<T>, right: &IndexSet<T>) -> IndexSet<T> {
    left.union(right).cloned().collect()
}

pub fn intersection<T: Clone + Eq + Hash>(left: &IndexSet<T>, right: &IndexSet<T>) -> IndexSet<T> {
    left.intersection(right).cloned().collect()
}

pub fn difference<T: Clone + Eq + Hash>(left: &IndexSet<T>, right: &IndexSet<T>) -> IndexSet<T> {
    left.difference(right).cloned().collect()
}

pub fn symmetric_difference<T: Clone + Eq + Hash>(left: &IndexSet<T>, right: &IndexSet<T>) -> IndexSet<T> {
    left.symmetric_difference(right).cloned().collect()
}

pub fn take<T: Eq + Hash>(items: &mut IndexSet<T>, item: &T) {
    assert!(items.shift_remove(item), "the item is not in the set");
}

pub fn value<K: Eq + Hash, V: Clone>(held: &IndexMap<K, V>, key: &K) -> V {
    held.get(key).expect("the key is not in the dict").clone()
}

pub fn value_mut<'a, K: Eq + Hash, V>(held: &'a mut IndexMap<K, V>, key: &K) -> &'a mut V {
    held.get_mut(key).expect("the key is not in the dict")
}

pub fn items<K: Clone, V: Clone>(held: &IndexMap<K, V>) -> Vec<(K, V)> {
    held.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

pub fn merged<K: Eq + Hash, V>(mut left: IndexMap<K, V>, right: IndexMap<K, V>) -> IndexMap<K, V> {
    left.extend(right);
    left
}

// --- orders ------------------------------------------------------------------------------------------------------------

fn order<T: PartialOrd>(left: &T, right: &T) -> Ordering {
    left.partial_cmp(right).unwrap_or(Ordering::Equal)
}

pub fn sort<T: PartialOrd>(items: &mut [T]) {
    items.sort_by(order);
}

pub fn sorted<T: PartialOrd>(items: impl Iterator<Item = T>, backwards: bool) -> Vec<T> {
    let mut all: Vec<T> = items.collect();
    all.sort_by(|left, right| if backwards { order(right, left) } else { order(left, right) });
    all
}

pub fn sorted_by<T, K: PartialOrd>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K, backwards: bool) -> Vec<T> {
    let mut all: Vec<(K, T)> = items.map(|item| (key(&item), item)).collect();
    all.sort_by(|left, right| if backwards { order(&right.0, &left.0) } else { order(&left.0, &right.0) });
    all.into_iter().map(|(_, item)| item).collect()
}

/// The first of the greatest.
pub fn max<T: PartialOrd>(items: impl Iterator<Item = T>) -> Option<T> {
    items.reduce(|best, item| if item > best { item } else { best })
}

/// The first of the least.
pub fn min<T: PartialOrd>(items: impl Iterator<Item = T>) -> Option<T> {
    items.reduce(|best, item| if item < best { item } else { best })
}

pub fn max_by<T, K: PartialOrd>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Option<T> {
    let found = items.map(|item| (key(&item), item)).reduce(|best, item| if item.0 > best.0 { item } else { best });
    found.map(|(_, item)| item)
}

pub fn min_by<T, K: PartialOrd>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Option<T> {
    let found = items.map(|item| (key(&item), item)).reduce(|best, item| if item.0 < best.0 { item } else { best });
    found.map(|(_, item)| item)
}

// --- values as texts and as JSON -----------------------------------------------------------------------------------------

/// What a value is as a text of Python, inside of another one, and as JSON.
pub trait Shown {
    fn repr(&self) -> String;
    fn str(&self) -> String { self.repr() }
    fn json(&self) -> Value;
    /// As the key of an object.
    fn key(&self) -> Option<String> { None }
}

/// A value that JSON gives.
pub trait Read: Sized {
    fn read(value: &Value) -> Option<Self>;
}

pub fn text<T: Shown>(value: &T) -> String {
    value.str()
}

pub fn repr<T: Shown>(value: &T) -> String {
    value.repr()
}

fn float_text(number: f64) -> String {
    if number.is_nan() { return "nan".to_string(); }
    if number.is_infinite() { return if number > 0.0 { "inf" } else { "-inf" }.to_string(); }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if number != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

fn text_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for one in text.chars() {
        match one {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            one if one == quote => { out.push('\\'); out.push(one); }
            one if u32::from(one) < 32 || u32::from(one) == 127 => out.push_str(&format!("\\x{:02x}", u32::from(one))),
            one => out.push(one),
        }
    }
    out.push(quote);
    out
}

impl Shown for i64 {
    fn repr(&self) -> String { self.to_string() }
    fn json(&self) -> Value { Value::from(*self) }
}
impl Shown for f64 {
    fn repr(&self) -> String { float_text(*self) }
    fn json(&self) -> Value { serde_json::Number::from_f64(*self).map_or_else(|| Value::from(float_text(*self)), Value::Number) }
}
impl Shown for bool {
    fn repr(&self) -> String { if *self { "True" } else { "False" }.to_string() }
    fn json(&self) -> Value { Value::from(*self) }
}
impl Shown for String {
    fn repr(&self) -> String { text_repr(self) }
    fn str(&self) -> String { self.clone() }
    fn json(&self) -> Value { Value::from(self.as_str()) }
    fn key(&self) -> Option<String> { Some(self.clone()) }
}
impl Shown for () {
    fn repr(&self) -> String { "()".to_string() }
    fn json(&self) -> Value { Value::Array(Vec::new()) }
}
impl<T: Shown> Shown for Option<T> {
    fn repr(&self) -> String { self.as_ref().map_or("None".to_string(), Shown::repr) }
    fn str(&self) -> String { self.as_ref().map_or("None".to_string(), Shown::str) }
    fn json(&self) -> Value { self.as_ref().map_or(Value::Null, Shown::json) }
}
impl<T: Shown> Shown for Vec<T> {
    fn repr(&self) -> String { format!("[{}]", self.iter().map(Shown::repr).collect::<Vec<_>>().join(", ")) }
    fn json(&self) -> Value { self.iter().map(Shown::json).collect() }
}
impl<T: Shown> Shown for IndexSet<T> {
    fn repr(&self) -> String {
        if self.is_empty() { return "set()".to_string(); }
        format!("{{{}}}", self.iter().map(Shown::repr).collect::<Vec<_>>().join(", "))
    }
    fn json(&self) -> Value { self.iter().map(Shown::json).collect() }
}
/// An object where the keys are texts, else a list of pairs.
impl<K: Shown, V: Shown> Shown for IndexMap<K, V> {
    fn repr(&self) -> String {
        let pairs = self.iter().map(|(key, value)| format!("{}: {}", key.repr(), value.repr()));
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
    }
    fn json(&self) -> Value {
        let named: Option<serde_json::Map<String, Value>> =
            self.iter().map(|(key, value)| key.key().map(|key| (key, value.json()))).collect();
        let pairs = || self.iter().map(|(key, value)| Value::Array(vec![key.json(), value.json()])).collect();
        named.map_or_else(pairs, Value::Object)
    }
}

impl Read for i64 {
    fn read(value: &Value) -> Option<Self> { value.as_i64() }
}
impl Read for f64 {
    fn read(value: &Value) -> Option<Self> { value.as_f64() }
}
impl Read for bool {
    fn read(value: &Value) -> Option<Self> { value.as_bool() }
}
impl Read for String {
    fn read(value: &Value) -> Option<Self> { value.as_str().map(String::from) }
}
impl Read for () {
    fn read(value: &Value) -> Option<Self> { (value.is_null() || value.as_array().is_some_and(Vec::is_empty)).then_some(()) }
}
impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Option<Self> { if value.is_null() { Some(None) } else { T::read(value).map(Some) } }
}
impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Option<Self> { value.as_array()?.iter().map(T::read).collect() }
}
impl<T: Read + Eq + Hash> Read for IndexSet<T> {
    fn read(value: &Value) -> Option<Self> { value.as_array()?.iter().map(T::read).collect() }
}
impl<K: Read + Eq + Hash, V: Read> Read for IndexMap<K, V> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Object(named) => {
                named.iter().map(|(key, value)| Some((K::read(&Value::from(key.as_str()))?, V::read(value)?))).collect()
            }
            other => other.as_array()?.iter().map(<(K, V)>::read).collect(),
        }
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident $number:tt),+;)+) => { $(
        impl<$($name: Shown),+> Shown for ($($name,)+) {
            fn repr(&self) -> String {
                let parts = [$(self.$number.repr()),+];
                if $count == 1 { format!("({},)", parts[0]) } else { format!("({})", parts.join(", ")) }
            }
            fn json(&self) -> Value { Value::Array(vec![$(self.$number.json()),+]) }
        }
        impl<$($name: Read),+> Read for ($($name,)+) {
            fn read(value: &Value) -> Option<Self> {
                let parts = value.as_array().filter(|parts| parts.len() == $count)?;
                Some(($($name::read(&parts[$number])?,)+))
            }
        }
    )+ };
}
tuples! {
    1: A 0;
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
    5: A 0, B 1, C 2, D 3, E 4;
    6: A 0, B 1, C 2, D 3, E 4, F 5;
    7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
    9: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8;
    10: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9;
    11: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10;
    12: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11;
}

// --- what comes in and goes out ------------------------------------------------------------------------------------------

/// Writes an item that came to a sink as a line, `{"name": item}`.
pub fn give<T: Shown>(name: &str, item: &T) {
    println!("{{{}: {}}}", Value::from(name), item.json());
}

/// The items of a file of JSON.
pub fn items_of<T: Read>(text: &str) -> Vec<T> {
    read(&serde_json::from_str(text).expect("the items are JSON"))
}

/// What a line of the input says: the name of an input and an item for it, or, where it is empty, that a tick ends.
pub fn line(text: &str) -> Option<(String, Value)> {
    if text.trim().is_empty() { return None; }
    let read: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("no JSON: {text}: {error}"));
    let named = read.as_object().filter(|named| named.len() == 1);
    let (name, item) = named.and_then(|named| named.iter().next()).unwrap_or_else(|| panic!("not {{\"input\": item}}: {text}"));
    Some((name.clone(), item.clone()))
}

/// An item of a type.
pub fn read<T: Read>(value: &Value) -> T {
    T::read(value).unwrap_or_else(|| panic!("not an item of type {}: {value}", std::any::type_name::<T>()))
}
