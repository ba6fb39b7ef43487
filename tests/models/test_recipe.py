"""How a model is to behave, as options and Modelfiles say it."""

from pathlib import Path

import pytest

from evaluator.errors import ConfigError
from evaluator.models.recipe import recipe_of_modelfile, recipe_of_options

from .model_files import write_adapter, write_checkpoint, write_gguf


def written(folder: Path, text: str) -> Path:
    path = folder / "Modelfile"
    path.write_text(text, "utf-8")
    return path


def test_options_become_what_the_server_is_told() -> None:
    recipe = recipe_of_options("Be brief.", None, ["temperature=0.1", "stop=a", "stop=b=c"])
    assert recipe.members == {
        "system": "Be brief.",
        "parameters": {"temperature": 0.1, "stop": ["a", "b=c"]},
    }
    assert recipe_of_options(None, None, []).members == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("temperature", "is NAME=VALUE"),
        ("stop=", "is NAME=VALUE, not 'stop='"),
        ("temprature=1", "did you mean temperature"),
        ("top_k=x", "top_k is a whole number"),
    ],
)
def test_parameters_are_checked(given: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        recipe_of_options(None, None, [given])


def test_stop_sequences_keep_the_blanks_between_their_quotes(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'FROM x\nPARAMETER stop " User:"\nPARAMETER stop   "### "  \nPARAMETER stop "\n"\n'
        'SYSTEM ""\nMESSAGE user ""\n',
    )
    assert recipe_of_modelfile(path, has_source=False).members == {
        "parameters": {"stop": [" User:", "### ", "\n"]},
        "messages": [{"role": "user", "content": ""}],
    }
    recipe = recipe_of_options(None, None, ["stop= User:"])
    assert recipe.members == {"parameters": {"stop": [" User:"]}}


def test_a_template_of_the_options_is_checked_as_one_of_a_modelfile() -> None:
    assert recipe_of_options(None, "{{ .Prompt }}", []).members == {"template": "{{ .Prompt }}"}
    with pytest.raises(ConfigError, match=r"--template: the template does not close every"):
        recipe_of_options(None, "{{ .Prompt }", [])


def test_a_modelfile_says_all_of_it(tmp_path: Path) -> None:
    gguf = write_gguf(tmp_path / "model.gguf")
    path = written(
        tmp_path,
        "FROM ./model.gguf\nPARAMETER temperature 0.1\nPARAMETER stop a\nPARAMETER stop b\n"
        "PARAMETER mirostat 1\nSYSTEM first\nSYSTEM second\nTEMPLATE {{ .Prompt }}\n"
        "LICENSE one\nLICENSE two\nMESSAGE user Hi\nMESSAGE assistant Yes\nREQUIRES v0.14.0\n",
    )
    recipe = recipe_of_modelfile(path, has_source=False)
    assert recipe.source == gguf and recipe.base is None
    assert recipe.members == {
        "system": "second",
        "template": "{{ .Prompt }}",
        "requires": "0.14.0",
        "license": ["one", "two"],
        "parameters": {"temperature": 0.1, "stop": ["a", "b"]},
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}],
    }


def test_an_adapter_of_a_modelfile_has_its_base_model_at_the_server_or_in_a_directory(
    tmp_path: Path,
) -> None:
    lora = write_adapter(tmp_path / "lora")
    recipe = recipe_of_modelfile(written(tmp_path, "FROM base:1b\nADAPTER lora"), has_source=False)
    assert (recipe.source, recipe.base) == (lora, "base:1b")
    base = write_checkpoint(tmp_path / "base")
    recipe = recipe_of_modelfile(written(tmp_path, "FROM ./base\nADAPTER lora"), has_source=False)
    assert (recipe.source, recipe.base) == (lora, str(base))
    write_gguf(tmp_path / "base.gguf")
    with pytest.raises(ConfigError, match="its adapter's base model as a file"):
        recipe_of_modelfile(written(tmp_path, "FROM base.gguf\nADAPTER lora"), has_source=False)


def test_the_first_fault_of_a_modelfile_is_told_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "FROM x\n\nPARAMETER temprature 1\nPARAMETER top_q 1")
    with pytest.raises(ConfigError, match=r"Modelfile:3: .*temperature\?, and 1 more; .*lint"):
        recipe_of_modelfile(path, has_source=False)
    with pytest.raises(ConfigError, match="only `ollama create` can register"):
        recipe_of_modelfile(written(tmp_path, "FROM x\nDRAFT ./d"), has_source=False)


def test_a_projector_beside_the_model_is_not_registered_as_the_model(tmp_path: Path) -> None:
    write_gguf(tmp_path / "model.gguf")
    write_gguf(tmp_path / "mmproj.gguf")
    path = written(tmp_path, "FROM ./model.gguf\nFROM ./mmproj.gguf")
    with pytest.raises(ConfigError, match=r"Modelfile:2: FROM names another .* `ollama create`"):
        recipe_of_modelfile(path, has_source=False)
