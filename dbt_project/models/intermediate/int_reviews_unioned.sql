{{ canonical('reviews') }}
