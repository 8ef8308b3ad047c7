"""«trian answers try»: the search on any collection, told as JSON; a bad file gets a sentence and exit code 1."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import application

OPENING = "Thư viện mở cửa từ tám giờ sáng đến năm giờ chiều các ngày trong tuần, trừ thứ Hai."
ANSWERS = [
    {"id": 7, "title": "Giờ mở cửa", "text": OPENING},
    {"id": "muon", "title": "Mượn sách", "text": "Bạn đọc mượn tối đa năm quyển sách trong hai tuần :100:."},
    {
        "id": "the",
        "title": "Làm thẻ",
        "text": "Thẻ bạn đọc làm tại quầy, mang theo ảnh.",
        "asks": ["đăng ký thẻ ở đâu"],
    },
]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(application("answers"), ["answers", "try", *arguments])


def written(folder: Path, content: Any) -> str:
    file = folder / "trial.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
    return str(file)


def test_each_question_gets_a_decision_and_ranked_ids_with_scores(tmp_path: Path) -> None:
    asked = ["thu vien mo cua luc nao", "muonj sachs dc may quyen", "dang ky the o dau :100:", "xyz", ""]
    result = run(written(tmp_path, {"answers": ANSWERS, "questions": asked}), "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert [one["question"] for one in told] == asked
    assert [one["ranked"][0]["id"] for one in told[:3]] == ["7", "muon", "the"]
    assert [one["decision"] for one in told[3:]] == ["none", "none"]
    for one in told:
        scores = [ranked["score"] for ranked in one["ranked"]]
        assert scores == sorted(scores, reverse=True)
        assert one["decision"] in ("sure", "unsure", "none")


def test_without_json_it_is_a_table_in_vietnamese(tmp_path: Path) -> None:
    result = run(written(tmp_path, {"answers": ANSWERS, "questions": ["xyz"]}))
    assert "Quyết định" in result.stdout
    assert "không có" in result.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "không phải JSON"),
        ("[]", "hai phần"),
        ({"answers": []}, "hai phần"),
        ({"answers": [{"id": "1", "title": "x"}], "questions": []}, "mỗi lời đáp phải có"),
        ({"answers": [{"id": None, "title": "x", "text": "y"}], "questions": []}, "mỗi lời đáp phải có"),
        ({"answers": [{"id": "1", "title": "x", "text": "y", "asks": 3}], "questions": []}, "mỗi lời đáp phải có"),
        ({"answers": 3, "questions": []}, "mỗi lời đáp phải có"),
        ({"answers": ANSWERS, "questions": [1]}, "danh sách các câu hỏi"),
        ({"answers": ANSWERS, "questions": "x"}, "danh sách các câu hỏi"),
        ({"answers": [ANSWERS[0], ANSWERS[0]], "questions": []}, "trùng"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_exit_code_one(tmp_path: Path, content: Any, sentence: str) -> None:
    result = run(written(tmp_path, content), "--json")
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stdout == ""


def test_a_missing_or_binary_file_too(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.json")).exit_code == 1
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00{")
    assert "không phải JSON" in run(str(tmp_path / "binary.json")).stderr


def test_an_empty_collection_answers_nothing(tmp_path: Path) -> None:
    result = run(written(tmp_path, {"answers": [], "questions": ["mở cửa"]}), "--json")
    assert json.loads(result.stdout) == [{"question": "mở cửa", "decision": "none", "confidence": 0.0, "ranked": []}]
