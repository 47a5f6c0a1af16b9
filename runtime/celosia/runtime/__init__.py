"""placeholder; see docs"""
