"""What the jobs cost beside the least that the same sums cost: `npm run bench:spark`."""
