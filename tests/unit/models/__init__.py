"""Tests of opsieve.models."""
