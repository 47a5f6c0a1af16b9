"""Phase-locked loops, one file a vendor's primitive: from a board's crystal to the accelerator's clock."""
