"""How far two judges are apart, such as a model and its quantized copy."""
