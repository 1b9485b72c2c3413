//! Whether the asked form of the answer is one that OpenAI accepts.

use serde_json::Value;

use crate::question::all_text;
use crate::refusal::Refusal;

const PARAMETER: &str = "response_format";

pub fn check(body: &Value) -> Result<(), Refusal> {
    let format = &body[PARAMETER];
    match format["type"].as_str() {
        None if format.is_null() => Ok(()),
        Some("text") => Ok(()),
        Some("json_object") if all_text(body).to_lowercase().contains("json") => Ok(()),
        Some("json_object") => {
            let message = "'messages' must contain the word 'json' in some form, to use 'response_format' \
                of type 'json_object'.";
            Err(Refusal::of_parameter("messages", message))
        }
        Some("json_schema") => check_schema(&format["json_schema"]),
        _ => Err(Refusal::of_parameter(PARAMETER, "Invalid value for 'response_format.type'.")),
    }
}

fn check_schema(named: &Value) -> Result<(), Refusal> {
    let name = named["name"].as_str().unwrap_or_default();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return Err(Refusal::of_parameter(PARAMETER, "Invalid 'response_format.json_schema.name'."));
    }
    if !named["schema"].is_object() {
        return Err(Refusal::of_parameter(PARAMETER, "Missing 'response_format.json_schema.schema'."));
    }
    if named["strict"] == true && !is_strict(&named["schema"]) {
        let message = "Invalid schema: with 'strict', every object needs 'additionalProperties' false and \
            all its properties in 'required'.";
        return Err(Refusal::of_parameter(PARAMETER, message));
    }
    Ok(())
}

fn is_strict(schema: &Value) -> bool {
    let of_object = schema["properties"].as_object().is_none_or(|properties| {
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        schema["additionalProperties"] == false
            && properties.keys().all(|key| required.iter().any(|required| required == key.as_str()))
            && properties.values().all(is_strict)
    });
    let in_any = schema["anyOf"].as_array().is_none_or(|any| any.iter().all(is_strict));
    of_object && in_any && (schema["items"].is_null() || is_strict(&schema["items"]))
}
