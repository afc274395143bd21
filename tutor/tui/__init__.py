"""The terminal app. It shows what traces and sheets hold and lets the reader change code; it runs nothing itself.

Imports point one way: keys, words, themes, store, shelf, scene <- widgets <- screens <- app. Widgets never import
screens, the runner or each other. torch is never in this process.
"""
