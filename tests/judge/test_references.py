"""The references are data: these tests are what keeps an edit of them sound."""

from collections import Counter
from importlib.resources import files

import pytest
import yaml

from evaluator.cases.newsgroups import NEWSGROUPS_GLOSSARY
from evaluator.errors import ConfigError
from evaluator.judge.labels import normalized, read_labels
from evaluator.judge.references import ReferencePair, built_in_references
from evaluator.judge.rubric_file import load_rubric

RUBRIC_OF = {"en": "category-relevance", "ja": "category-relevance-ja"}
LANGUAGES = tuple(RUBRIC_OF)
LONGEST_REASON_IN_WORDS = 12
LONGEST_JAPANESE_REASON = 30

# The labels of the sets a judge is measured on, with their plain synonyms.
EVALUATED = {
    "en": """
        atheism, computer graphics, graphics, Windows, Microsoft Windows, PC hardware, Mac hardware,
        X Window, X Window System, items for sale, classified ads, cars, autos, automobiles,
        motorcycles, motorbikes, baseball, hockey, ice hockey, cryptography, encryption,
        electronics, medicine, health, space, astronomy, Christianity, guns, gun control,
        Middle East, politics, general politics, religion, world, international news, sports, sport,
        business, science, technology, science/technology, entertainment, tech, IT, home appliances,
        household appliances, movies, films, men's lifestyle, women's lifestyle, smartphones,
        mobile phones, trending news, earnings, acquisitions, mergers, company mergers, grain,
        crude oil, oil, trade, interest, interest rates, money, foreign exchange, shipping, ships,
        wheat, corn, maize, tennis, swimming, boxing, cycling, football, economy, stock markets,
        stock exchange, banking, inflation, vaccines, heart disease, diabetes, mental health,
        hospitals, arts, opera, painting, theatre, cinema, sculpture, environment, rainforests,
        endangered species, recycling, climate change, coral reefs, crime, burglary, court trials,
        police, prisons, kidnapping
    """,
    "ja": """
        無神論, コンピューターグラフィックス, CG, ウィンドウズ, Windows, パソコン, PC, Mac,
        売ります, 自動車, 車, バイク, オートバイ, 野球, アイスホッケー, ホッケー, 暗号, 暗号学,
        電子工学, エレクトロニクス, 医学, 医療, 健康, 宇宙, 天文学, キリスト教, 銃, 銃規制,
        中東, 政治, 宗教, 世界, 国際, スポーツ, ビジネス, 経済, 科学, 技術, 科学技術,
        テクノロジー, 芸能, エンタメ, エンターテインメント, IT, 家電, 映画, シネマ, 男性, 女性,
        メンズライフスタイル, レディースライフスタイル, スマートフォン, スマホ, 話題のニュース,
        決算, 買収, 穀物, 原油, 石油, 貿易, 金利, 外国為替, 海運, 船, 小麦, トウモロコシ,
        テニス, 水泳, ボクシング, 自転車, サッカー, 株式市場, 銀行, インフレ, ワクチン, 心臓病,
        糖尿病, 病院, 芸術, オペラ, 絵画, 演劇, 彫刻, 環境, 熱帯雨林, 絶滅危惧種, リサイクル,
        気候変動, サンゴ礁, 犯罪, 空き巣, 裁判, 警察, 刑務所, 誘拐
    """,
}


def names(pair: ReferencePair) -> tuple[str, str]:
    return normalized(pair.first), normalized(pair.second)


def all_names(language: str) -> set[str]:
    references = built_in_references(language)
    paired = {name for pair in references.pairs for name in names(pair)}
    return paired | set(map(normalized, references.topics))


def entries(language: str) -> list[dict[str, str]]:
    source = files("evaluator.judge") / "reference_data" / f"{language}.yaml"
    return list(yaml.safe_load(source.read_text("utf-8"))["pairs"])


def appearances(pairs: tuple[ReferencePair, ...]) -> Counter[str]:
    return Counter(name for pair in pairs for name in names(pair))


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_twenty_topics_and_two_hundred_pairs_half_of_them_related(language: str) -> None:
    references = built_in_references(language)
    assert references.language == language
    assert len(references.topics) == 20
    assert Counter((pair.related, pair.held_out) for pair in references.pairs) == {
        (True, False): 80,
        (False, False): 80,
        (True, True): 20,
        (False, True): 20,
    }


def test_both_languages_have_the_same_answers_in_the_same_order() -> None:
    english, japanese = map(built_in_references, LANGUAGES)
    assert [(pair.related, pair.held_out) for pair in english.pairs] == [
        (pair.related, pair.held_out) for pair in japanese.pairs
    ]
    assert len(english.topics) == len(japanese.topics)


def test_both_languages_name_the_same_things() -> None:
    english, japanese = map(built_in_references, LANGUAGES)
    translated = {
        (one, other)
        for pair, same in zip(english.pairs, japanese.pairs, strict=True)
        for one, other in zip(names(pair), names(same), strict=True)
    }
    assert len(translated) == len({one for one, _ in translated})
    assert len(translated) == len({other for _, other in translated})


@pytest.mark.parametrize("language", LANGUAGES)
def test_fitting_and_held_out_pairs_share_no_category(language: str) -> None:
    references = built_in_references(language)
    assert sorted(map(names, references.fitting + references.held_out)) == sorted(
        map(names, references.pairs)
    )
    assert not appearances(references.fitting).keys() & appearances(references.held_out).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_pair_is_there_twice_in_either_order_or_pairs_a_category_with_itself(
    language: str,
) -> None:
    pairs = [frozenset(names(pair)) for pair in built_in_references(language).pairs]
    assert len(set(pairs)) == len(pairs)
    assert all(len(pair) == 2 for pair in pairs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_topic_is_there_twice_or_in_a_pair(language: str) -> None:
    references = built_in_references(language)
    topics = set(map(normalized, references.topics))
    assert len(topics) == len(references.topics)
    assert not topics & appearances(references.pairs).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_is_one_of_an_evaluation_set(language: str) -> None:
    evaluated = {normalized(name) for name in EVALUATED[language].split(",")}
    newsgroups = read_labels(NEWSGROUPS_GLOSSARY).spellings.keys()
    assert not all_names(language) & (evaluated | newsgroups)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_is_an_example_of_the_rubric(language: str) -> None:
    rubric = load_rubric(RUBRIC_OF[language])
    shown = {
        normalized(name)
        for form in (*rubric.forms, rubric.free_text.same)
        for shot in form.examples
        for name in (shot.first, shot.second)
    }
    assert shown
    assert not all_names(language) & shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_is_in_more_than_three_pairs(language: str) -> None:
    assert max(appearances(built_in_references(language).pairs).values()) <= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_is_in_as_many_related_as_unrelated_pairs(language: str) -> None:
    pairs = built_in_references(language).pairs
    related = appearances(tuple(pair for pair in pairs if pair.related))
    unrelated = appearances(tuple(pair for pair in pairs if not pair.related))
    assert related == unrelated


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_other_pairs_of_a_name_say_does_not_tell_its_answer(language: str) -> None:
    pairs = built_in_references(language).pairs
    right = 0
    for pair in pairs:
        votes = [
            1 if other.related else -1
            for other in pairs
            if other is not pair
            for name in names(other)
            if name in names(pair)
        ]
        right += pair.related == (sum(votes) > 0)
    assert right / len(pairs) <= 0.6


def test_names_that_share_a_word_are_related_in_some_pairs_and_unrelated_in_others() -> None:
    sharing = Counter(
        pair.related
        for pair in built_in_references("en").pairs
        if set(names(pair)[0].split()) & set(names(pair)[1].split())
    )
    assert sharing[True] >= 10
    assert sharing[False] >= 10


def test_names_are_of_one_to_three_words() -> None:
    assert {len(name.split()) for name in all_names("en")} <= {1, 2, 3}


def test_every_english_reason_is_short() -> None:
    lengths = {len(entry["reason"].split()) for entry in entries("en")}
    assert min(lengths) > 0
    assert max(lengths) <= LONGEST_REASON_IN_WORDS


def test_every_japanese_reason_is_short_and_in_japanese() -> None:
    for entry in entries("ja"):
        assert 0 < len(entry["reason"]) <= LONGEST_JAPANESE_REASON
        assert entry["reason"].endswith("。")


@pytest.mark.parametrize("language", ["fr", "EN", "../references", "en.yaml", ""])
def test_a_language_without_references_is_refused_and_those_there_are_named(language: str) -> None:
    with pytest.raises(ConfigError, match=r"no reference pairs in .*; there are some in: en, ja\."):
        built_in_references(language)
