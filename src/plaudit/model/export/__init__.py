"""A judge as an ONNX file, for programs without torch and without Plaudit."""
