"""What the model of cost is fitted to: what was measured on two processors, and what is assumed."""

LABELS = 20

# Measured by `cost`: 10,000 cases of 20 labels before llama.cpp with two processors.
LABEL_TOKENS = 4_374 / 702
"""Prompt tokens evaluated for a question, the rest being known from the one before."""
LABEL_QUESTIONS_A_SECOND = 702 / 36.9
FIRST_USE_QUESTIONS = 4_302 - 702
"""What a judge that was never used is asked besides, once."""
GEVAL_PROMPT_TOKENS = 74.2
GEVAL_GENERATED_TOKENS = 26.4
"""A case of GEval's, before the same server."""

# Measured by `classifier`: posts of 184.4 tokens in bfloat16, GPT-2 124M, two processors.
CLASSIFIED_TOKENS_A_SECOND = 184.4 / 0.103

# Measured once for docs/scale.md, in processor time, with articles of 900 characters.
READ_SECONDS = 9.6e-6
"""Reading a case of a JSONL file, its bytes' digest and knowing its shard, one pass."""
KEPT_SECONDS = 12e-6
"""Keeping a case of a shard's own in a file, and reading it there twice."""
MERGE_SECONDS = 0.223e-3
"""Merging a case; 1,000,000 cases in 16 shards took 223 s and 152 MiB at most, flat."""
ASK_SECONDS = 3.4e-3
"""Our own work for a question below an article, one after the other in one process."""

ARTICLE_BYTES = 961
PREDICTION_BYTES = 1_000
CASE_BYTES = 440
DEEPEVAL_BYTES = 2_160
CLASSIFICATION_BYTES = 181
ANSWER_BYTES = 283
"""A different article, and an answer below an article, in the journals."""
SHARD_CASE_BYTES = 16
SHARD_TEXT_BYTES = 180
"""In a shard's memory: a case, and a different article (125 to 180)."""
RUN_MEMORY_BYTES = 434 * 2**20
"""A run with a classifier of one layer: what does not grow."""

# Known from the code.
PASSES_IN_ONE_PIECE = 2
"""Before the cases are scored: to survey them, and to classify them."""
MOVES_OF_KEPT = 3
"""Of a shard's own cases: they are kept, and read to be classified and to be written."""
QUESTIONS_A_MISS = 6
"""Two on the miss and four on its article, which calibrate it."""
SHOWN_TOKENS = 256
"""Of an article, at most."""

# Assumed: nothing of this was measured.
ACCURACY = 0.8
ARTICLE_TOKENS = 300
GPU_CLASSIFIED_TOKENS_A_SECOND = 200_000.0
GPU_QUESTIONS_A_SECOND = 100.0
"""Of labels alone, or below an article that the judge has read."""
GPU_PROMPT_TOKENS_A_SECOND = 10_000.0
SLOTS = 8
POD_SECONDS = 60.0
"""From a pod's creation to its first case."""
EVICTIONS_AN_HOUR = 0.01
"""Of a pod; it starts again and reads again, but classifies nothing twice."""
STORAGE_BYTES_A_SECOND = 1e9
"""What a claim that all pods share gives them together."""
POD_MEMORY_BYTES = 4 * 2**30
READER_MEMORY_BYTES = 16 * 2**30
CLAIM_BYTES = 100e9
INDEX_CHARACTERS = 6
ETCD_BYTES = 1.5 * 2**20
"""The largest object that a Kubernetes API server usually keeps."""
