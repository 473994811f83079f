//! Hands a tree to serde.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::misfit::{Misfit, one_of};
use crate::document::node::{Node, Value};
use crate::document::path::Segment;

/// Hands a tree to serde. A stand-in is whatever is wanted, as empty as that can be.
pub(super) struct Reader<'a>(pub(super) &'a Node);

impl Reader<'_> {
    fn is_stand_in(&self) -> bool {
        matches!(self.0.value, Value::StandIn)
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.0.value {
            Value::Null | Value::StandIn => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Whole(value) => visitor.visit_i64(*value),
            Value::Big(value) => visitor.visit_u64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(elements) => visitor.visit_seq(ListReader { elements, next: 0 }),
            Value::Mapping(entries) => visitor.visit_map(MappingReader { entries, next: 0 }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0.value {
            Value::Null | Value::StandIn => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.is_stand_in() {
            return visitor.visit_bool(false);
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.is_stand_in() {
            return visitor.visit_u64(0);
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.is_stand_in() {
            return visitor.visit_str("");
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.is_stand_in() {
            return visitor.visit_seq(ListReader {
                elements: &[],
                next: 0,
            });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.is_stand_in() {
            return visitor.visit_map(MappingReader {
                entries: &[],
                next: 0,
            });
        }
        self.deserialize_any(visitor)
    }

    /// Only a mapping: serde would also take the fields from a list, in order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0.value {
            Value::Mapping(_) | Value::StandIn => self.deserialize_map(visitor),
            _ => Err(Misfit::expected("a mapping".to_owned())),
        }
    }

    /// Only plain words: no field of ours is a word here and a mapping there.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match (&self.0.value, variants.first()) {
            (Value::Text(text), _) => visitor.visit_enum(text.as_str().into_deserializer()),
            (Value::StandIn, Some(first)) => visitor.visit_enum((*first).into_deserializer()),
            _ => Err(Misfit::expected(one_of(variants))),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct
        tuple tuple_struct identifier ignored_any
    }
}

/// Hands a list to serde, and says in which element something did not fit.
struct ListReader<'a> {
    elements: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for ListReader<'_> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some(element) = self.elements.get(self.next) else {
            return Ok(None);
        };
        let segment = Segment::Index(self.next);
        self.next += 1;
        seed.deserialize(Reader(element))
            .map(Some)
            .map_err(|misfit| misfit.below(segment))
    }
}

/// Hands a mapping to serde, and says at which key something did not fit.
struct MappingReader<'a> {
    entries: &'a [(String, Node)],
    next: usize,
}

impl MappingReader<'_> {
    fn segment(&self) -> Segment {
        Segment::Key(self.entries[self.next].0.clone())
    }
}

impl<'de> MapAccess<'de> for MappingReader<'_> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((key, _)) = self.entries.get(self.next) else {
            return Ok(None);
        };
        let key: StrDeserializer<'_, Misfit> = key.as_str().into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|misfit| misfit.below(self.segment()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some((key, value)) = self.entries.get(self.next) else {
            return Err(Misfit::custom("a value after its key"));
        };
        self.next += 1;
        seed.deserialize(Reader(value))
            .map_err(|misfit| misfit.below(Segment::Key(key.clone())))
    }
}
