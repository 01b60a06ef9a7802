"""The national portal (data.go.kr): what its registration asks for, and what it lists of ours."""
